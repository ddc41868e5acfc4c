namespace Tallystick.Server.Foundation;

/// <summary>What is budgeted; each has its option in <see cref="BudgetOptions"/>.</summary>
internal enum BudgetKind
{
    Checkouts,
    LogEntries,
    Publications,
    UploadBytes,
    Changes,
    AnonymousChanges,
}
