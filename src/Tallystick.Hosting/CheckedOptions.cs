using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Tallystick.Hosting;

/// <summary>Reads options sections and checks them all before anything starts, so that every error shows at once.</summary>
public sealed class CheckedOptions(IConfiguration configuration)
{
    private readonly List<string> _errors = [];

    /// <summary>
    /// Binds <paramref name="section"/> (a key below <c>Tally</c>, so <c>Tally__Gate__BlobFolder</c> in the environment),
    /// validates by data annotations and <see cref="IValidatableObject"/>, and registers the object itself.
    /// </summary>
    public T Add<T>(IServiceCollection services, string section)
        where T : class, new()
    {
        var options = new T();
        try
        {
            configuration.GetSection($"Tally:{section}").Bind(options, b => b.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException failure)
        {
            _errors.Add($"Tally:{section}: {failure.InnerException?.Message ?? failure.Message}");
        }

        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        _errors.AddRange(results.Select(r => $"Tally:{section}:{string.Join(",", r.MemberNames)}: {r.ErrorMessage}"));
        services.AddSingleton(options);
        return options;
    }

    /// <summary>Throws with all errors, one a line.</summary>
    public void ThrowIfInvalid()
    {
        if (_errors.Count > 0)
        {
            throw new InvalidConfigurationException(string.Join('\n', _errors));
        }
    }
}

/// <summary>The configuration cannot be used; the message has one line for every error.</summary>
public sealed class InvalidConfigurationException(string message) : Exception(message);
