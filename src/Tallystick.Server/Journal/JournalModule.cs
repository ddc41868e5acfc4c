using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Journal;

internal static class JournalModule
{
    public static void AddJournal(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Books>();
        builder.Services.AddSingleton<OwnBalances>();
        builder.Services.AddSingleton<CheckBooks>();
        builder.Services.AddSingleton<ListAccounts>();
        builder.Services.AddSingleton<ListTransactions>();
    }

    public static void MapJournal(this WebApplication app)
    {
        ListAccounts.Map(app);
        ListTransactions.Map(app);
        CheckBooks.Map(app);
    }
}
