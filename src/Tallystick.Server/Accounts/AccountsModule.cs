using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

internal static class AccountsModule
{
    public static void AddAccounts(this WebApplicationBuilder builder, CheckedOptions checkedOptions)
    {
        checkedOptions.Add<AccountsOptions>(builder.Services, "Accounts");
        var services = builder.Services;
        services.AddSingleton<Passwords>();
        services.AddSingleton<AttemptLimits>();
        services.AddSingleton<KnownDevices>();
        services.AddSingleton<SignInLimits>();
        services.AddSingleton<UnlockAccount>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<SignUp>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<TypedForm>();
        services.AddSingleton<ChangePassword>();
        services.AddSingleton<MakePasswordReset>();
        services.AddSingleton<ResetPassword>();
        services.AddSingleton<CreateApiKey>();
        services.AddSingleton<CloseOrganisation>();
        services.AddSingleton<Organisations>();
        services.AddSingleton<ForgetExpired>();
        services.AddSingleton<Emails>();
        services.AddHostedService(provider => provider.GetRequiredService<Emails>());
        services.AddHostedService<BootstrapOperator>();
        services.AddWorker<ForgetExpired>(ForgetExpired.Worker, TimeSpan.FromMinutes(10), (f, stop) => f.Step(stop));
        services.AddCallers();
        // The key ring of the forms lies in a folder of mode 700; the library warns at every start that it is not encrypted.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        services.AddFormProtection(builder.Configuration["Tally:Server:DataFolder"]);
    }

    public static void MapAccounts(this WebApplication app)
    {
        SignUp.Map(app);
        SignUpForm.Map(app);
        SignIn.Map(app);
        SignOut.Map(app);
        ChangePassword.Map(app);
        MakePasswordReset.Map(app);
        ResetPassword.Map(app);
        ShowOrganisation.Map(app);
        CloseOrganisation.Map(app);
        CreateApiKey.Map(app);
        ListApiKeys.Map(app);
        RevokeApiKey.Map(app);
    }

    /// <summary>The command that <see cref="UnlockAccount"/> explains, instead of the server.</summary>
    /// <returns>What the process ends with.</returns>
    public static async Task<int> Unlock(this WebApplication app, string? address)
    {
        var (done, words) = await app.Services.GetRequiredService<UnlockAccount>().Run(address, app.Lifetime.ApplicationStopping);
        await (done ? Console.Out : Console.Error).WriteLineAsync(words);
        return done ? 0 : 1;
    }

    private static void AddCallers(this IServiceCollection services)
    {
        services.AddAuthentication(Scheme.Any)
            .AddPolicyScheme(Scheme.Any, null, policy => policy.ForwardDefaultSelector = Scheme.Choose)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(Scheme.ApiKey, null)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(Scheme.Session, null);

        // A route without a word about access is for organisations: a gate's credentials open only what names gates.
        var organisation = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireClaim(Caller.OrganisationClaim).Build();
        services.AddAuthorizationBuilder().SetDefaultPolicy(organisation).SetFallbackPolicy(organisation);
    }

    private static void AddFormProtection(this IServiceCollection services, string? dataFolder)
    {
        services.AddAntiforgery(forgery => forgery.Cookie.Name = "tally_forgery");
        var protection = services.AddDataProtection().SetApplicationName("tallystick");
        if (Directory.Exists(dataFolder))
        {
            // Forms drawn before a restart can still be sent after it.
            var folder = PrivateFolder.Create(dataFolder, "keys", "forms");
            protection.PersistKeysToFileSystem(folder);
        }
    }
}
