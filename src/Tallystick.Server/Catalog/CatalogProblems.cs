using Tallystick.Hosting;

namespace Tallystick.Server.Catalog;

internal static class CatalogProblems
{
    public static readonly ProblemType VersionPublished = new(
        "version-published", StatusCodes.Status409Conflict, "The version is published and cannot be changed.",
        "Make a new version of the work.");

    public static readonly ProblemType DraftExists = new(
        "draft-exists", StatusCodes.Status409Conflict, "The work has a draft already.",
        "Wait until it is published, discard it, or go on with it under the Idempotency-Key that it was begun with.");

    public static readonly ProblemType ContentDiffers = new(
        "content-differs", StatusCodes.Status409Conflict, "The version does not hold what was meant to be published.",
        "List its files, bring them to what is meant, and publish against that hash; nothing was changed.");

    public static readonly ProblemType UnstorableName = new(
        "unstorable-name", StatusCodes.Status409Conflict, "Linux, macOS and Windows cannot all store these names.",
        "Rename what 'names' lists, or leave it out; nothing was changed.");

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

    public static readonly ProblemType UploadProtocol = new(
        "upload-protocol", StatusCodes.Status412PreconditionFailed, "Uploads that go on speak tus 1.0.0.",
        "Send the header Tus-Resumable: 1.0.0.");

    public static readonly ProblemType UploadOffset = new(
        "upload-offset", StatusCodes.Status409Conflict, "The upload does not stand where this part begins.",
        "Ask with HEAD how much is there, and go on from that offset.");

    public static readonly ProblemType UploadBusy = new(
        "upload-busy", StatusCodes.Status423Locked, "Another request is sending to this upload.",
        "Wait for the seconds in Retry-After, ask with HEAD how much is there, and go on from that offset.");

    public static readonly ProblemType TooManyUploads = new(
        "too-many-uploads", StatusCodes.Status409Conflict, "You have as many unfinished uploads as you may have.",
        "Finish some or end them with DELETE; what nothing came to for Tally:Catalog:UploadsKeptFor ends by itself.");

    public static readonly ProblemType NotPublished = new(
        "work-not-published", StatusCodes.Status409Conflict, "The work has no published version.",
        "Publish a version, then offer it.");
}
