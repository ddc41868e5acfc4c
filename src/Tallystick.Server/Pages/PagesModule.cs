using Microsoft.AspNetCore.Antiforgery;

namespace Tallystick.Server.Pages;

/// <summary>What people look at. Owns no data and needs no JavaScript.</summary>
internal static class PagesModule
{
    public static void AddPages(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ApiRoutes>();
        builder.Services.AddRazorComponents();
    }

    /// <summary>Refusals as pages, for browsers. Inside the handlers that write problem+json.</summary>
    public static void UsePages(this WebApplication app) => app.UsePageRefusals();

    public static void MapPages(this WebApplication app)
    {
        ServeAssets.Map(app);
        // Said for all, because a form without a field of its own would not ask for it by itself.
        var pages = app.MapGroup("").ExcludeFromDescription().WithMetadata(new RequireAntiforgeryTokenAttribute());
        WorksPages.Map(pages);
        SignInPages.Map(pages);
        LogPage.Map(pages);
        DocsPage.Map(pages);
        AccountPages.Map(pages);
        BuyPages.Map(pages);
        BuyerPages.Map(pages);
        CreatorPages.Map(pages);
        StatementPages.Map(pages);
        RequestPages.Map(pages);
        OperatorPages.Map(pages);
    }
}
