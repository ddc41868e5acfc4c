using Tallystick.Hosting;
using Tallystick.Hosting.Listening;
using Tallystick.Server.Access;
using Tallystick.Server.Accounts;
using Tallystick.Server.Catalog;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal;
using Tallystick.Server.Licensing;
using Tallystick.Server.Payments;
using Tallystick.Server.Payouts;
using Tallystick.Server.Royalties;
using Tallystick.Server.Metering;
using Tallystick.Server.Pages;
using Tallystick.Server.Transparency;

namespace Tallystick.Server;

/// <summary>The composition root: which modules there are, in the order of the architecture page.</summary>
internal static class ServerApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        var options = new CheckedOptions(builder.Configuration);

        builder.AddFoundation(options);
        builder.AddAccounts(options);
        builder.AddCatalog(options);
        builder.AddLicensing(options);
        builder.AddAccess(options);
        builder.AddJournal();
        builder.AddPayments(options);
        builder.AddRoyalties(options);
        builder.AddPayouts();
        builder.AddMetering(options);
        builder.AddTransparency(options);
        builder.AddPages();
        options.ThrowIfInvalid();

        builder.Services.AddApiDocument();
        var app = builder.Build();
        app.UseListening();
        app.UseRoutes();
        app.UseTrustedProxies();
        app.UseSecurityHeaders();
        app.UseAllowedHosts();
        app.UseProblemAnswers();
        app.UsePages();
        app.UseBodyLimits();
        app.RefuseUnrouted();
        app.UseAuthentication();
        app.UseBudgets();
        app.UseAuthorization();
        app.UseReadableForms();
        app.UseAntiforgery();
        app.RefuseForgedForms();

        ApiDocument.Map(app);
        SecurityText.Map(app);
        app.MapFoundation();
        app.MapAccounts();
        app.MapCatalog();
        app.MapLicensing();
        app.MapJournal();
        app.MapPayments();
        app.MapRoyalties();
        app.MapPayouts();
        app.MapAccess();
        app.MapMetering();
        app.MapTransparency();
        app.MapPages();
        return app;
    }
}
