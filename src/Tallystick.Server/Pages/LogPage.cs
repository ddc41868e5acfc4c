using Tallystick.Core.Transparency;

namespace Tallystick.Server.Pages;

/// <summary>The transparency log for people: what it holds, and how to check a receipt without trusting this server.</summary>
internal static class LogPage
{
    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/log", async (PageApi api) =>
    {
        var note = await api.Text("GetLogCheckpoint");
        var read = SignedNote.TryParse(note, out var signed) && Checkpoint.TryParse(signed.Text, out var checkpoint)
            ? checkpoint
            : null;
        return Page.Of<LogView>(new { Note = note, Checkpoint = read, Key = (await api.Text("GetLogKey"))?.Trim() });
    }).AllowAnonymous();
}
