using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>The gates of the configuration: each gets an id the first time it is named and keeps it.</summary>
internal sealed class Gates(Database database, AccessOptions options, IdSource ids) : IHostedService
{
    private Dictionary<string, GateId> _bySecretHash = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, GateId>(StringComparer.Ordinal);
        foreach (var (name, secret) in options.GateSecrets)
        {
            found[Hash(secret)] = await database.InTransaction(tx => IdOf(tx, name), cancellationToken);
        }

        _bySecretHash = found;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Compared by hash, so that the time it takes tells nothing about a secret.</summary>
    public GateId? Identify(string secret) => _bySecretHash.TryGetValue(Hash(secret), out var gate) ? gate : null;

    private async Task<GateId> IdOf(Tx tx, string name)
    {
        await tx.Execute(
            "insert into access.gate (id, name, created_at) values (@Id, @name, @Now) on conflict do nothing",
            new { Id = ids.New<GateId>(), name, ids.Now });
        return await tx.QueryOne<GateId>("select id from access.gate where name = @name", new { name });
    }

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

/// <summary><c>Authorization: Bearer tgk_…</c>: a gate's credentials, which no organisation's route accepts.</summary>
internal sealed class GateAuthentication(
    Gates gates, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix + GateCaller.SecretPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        if (gates.Identify(header[Prefix.Length..].Trim()) is not { } gate)
        {
            return Task.FromResult(AuthenticateResult.Fail("The gate's secret is unknown."));
        }

        var identity = new ClaimsIdentity("gate");
        identity.AddClaim(new(ClaimTypes.NameIdentifier, gate.ToString()));
        identity.AddClaim(new(GateCaller.GateClaim, gate.ToString()));
        return Task.FromResult(AuthenticateResult.Success(new(new ClaimsPrincipal(identity), Scheme.Name)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return Task.CompletedTask;
    }
}
