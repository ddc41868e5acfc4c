namespace Tallystick.Crypto;

/// <summary>The environment asks for a cryptographic library that this machine does not have, or in words unknown.</summary>
public sealed class CryptoPathException(string message) : Exception(message);
