namespace Tallystick.Server.Payments;

/// <summary>Why a purchase is given back.</summary>
internal enum GiveBack
{
    /// <summary>Its buyer takes it back inside the refund window.</summary>
    Window,

    /// <summary>Its creator takes the licence back.</summary>
    Revocation,
}
