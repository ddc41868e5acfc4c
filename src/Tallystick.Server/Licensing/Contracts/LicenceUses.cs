using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing.Contracts;

/// <summary>How often a licence was used. Whoever counts usage registers one; the sum of all is what was used.</summary>
/// <param name="Used">Uses that count against the licence; at least one when anything was delivered under it.</param>
internal sealed record LicenceUses(Func<Tx, LicenceId, Task<long>> Used);
