namespace Tallystick.Server.Licensing;

internal static class LicensingModule
{
}
