using Tallystick.Hosting;

namespace Tallystick.Server.Catalog;

internal static class CatalogProblems
{
    public static readonly ProblemType VersionPublished = new(
        "version-published", StatusCodes.Status409Conflict, "The version is published and cannot be changed.",
        "Make a new version of the work.");

    public static readonly ProblemType DraftExists = new(
        "draft-exists", StatusCodes.Status409Conflict, "The work has a draft already.",
        "Go on with the draft named in 'version_id'.");

    public static readonly ProblemType NothingToPublish = new(
        "nothing-to-publish", StatusCodes.Status409Conflict, "The version has no files.",
        "Upload at least one file.");

    public static readonly ProblemType TooManyFiles = new(
        "too-many-files", StatusCodes.Status409Conflict, "The version has as many files as it may have.",
        "Put several small files into one.");

    public static readonly ProblemType StorageFull = new(
        "storage-full", StatusCodes.Status409Conflict, "The organisation stores as many bytes as it may.",
        "Discard drafts that are not needed, or ask the operator for more (Tally:Catalog:StoredBytesMost).");

    public static readonly ProblemType ContentMismatch = new(
        "content-mismatch", StatusCodes.Status400BadRequest, "What arrived is not what was announced.",
        "Send the file again; its SHA-256 is compared with Content-SHA256.");

    public static readonly ProblemType NotPublished = new(
        "work-not-published", StatusCodes.Status409Conflict, "The work has no published version.",
        "Publish a version, then offer it.");
}
