using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

internal static class CatalogModule
{
    public static void AddCatalog(this WebApplicationBuilder builder, CheckedOptions checkedOptions)
    {
        checkedOptions.Add<CatalogOptions>(builder.Services, "Catalog");
        var services = builder.Services;
        services.AddSingleton<Blobs>();
        services.AddHostedService(provider => provider.GetRequiredService<Blobs>());
        services.AddSingleton<Works>();
        services.AddSingleton<Blocks>();
        services.AddSingleton<Offers>();
        services.AddSingleton<CreateWork>();
        services.AddSingleton<CreateVersion>();
        services.AddSingleton<DraftFiles>();
        services.AddSingleton<UploadBudget>();
        services.AddSingleton<UploadFile>();
        services.AddSingleton<UploadBatch>();
        services.AddSingleton<AdoptFiles>();
        services.AddSingleton<PartialUploads>();
        services.AddSingleton<BeginUpload>();
        services.AddSingleton<ResumeUpload>();
        services.AddWorker<PartialUploads>(PartialUploads.Worker, TimeSpan.FromMinutes(10), (u, stop) => u.Sweep(stop));
        services.AddSingleton<PublishVersion>();
        services.AddSingleton<SweepBlobs>();
        services.AddSetAsideKind(SweepBlobs.Stuck);
        services.AddWorker<SweepBlobs>(SweepBlobs.Worker, TimeSpan.FromHours(1), (s, stop) => s.Step(stop));
        services.AddSingleton<CreateOffer>();
        services.AddEventHandler<OrganisationClosed, WithdrawOffersOfClosed>();
    }

    public static void MapCatalog(this WebApplication app)
    {
        CreateWork.Map(app);
        ListWorks.Map(app);
        ShowWork.Map(app);
        CreateVersion.Map(app);
        UploadFile.Map(app);
        UploadBatch.Map(app);
        AdoptFiles.Map(app);
        BeginUpload.Map(app);
        ResumeUpload.Map(app);
        RemoveFile.Map(app);
        PublishVersion.Map(app);
        DiscardVersion.Map(app);
        CreateOffer.Map(app);
        ShowOffers.Map(app);
        WithdrawOffer.Map(app);
    }
}
