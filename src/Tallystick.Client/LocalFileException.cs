namespace Tallystick.Client;

/// <summary>
/// A file of this machine failed while it was sent. No <see cref="IOException"/>: the HTTP client would say that the connection
/// failed, and the same would be tried again in vain.
/// </summary>
public sealed class LocalFileException : Exception
{
    internal LocalFileException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>What callers of the library see: a failure of the file, at once.</summary>
    internal static async Task<T> Plain<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (LocalFileException local)
        {
            throw new IOException(local.Message, local.InnerException);
        }
    }
}
