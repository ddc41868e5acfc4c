using System.Security.Cryptography;
using System.Text;
using Tallystick.Hosting;

namespace Tallystick.Gate;

/// <summary>
/// Which data folder this is: made at random once and kept in it. The server gives an epoch to one instance and lets no other
/// take it over while that one lives.
/// </summary>
internal sealed class GateInstance
{
    public GateInstance(GateOptions options)
    {
        var path = Path.Combine(options.DataFolder, "instance");
        if (File.Exists(path) && Guid.TryParse(File.ReadAllText(path), out var kept))
        {
            Id = kept;
            return;
        }

        Id = new Guid(RandomNumberGenerator.GetBytes(16));
        DurableFile.Write(path, Encoding.ASCII.GetBytes(Id.ToString()));
    }

    public Guid Id { get; }
}
