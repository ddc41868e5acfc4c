using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Ids;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Pages.Parts;

namespace Tallystick.Server.Pages;

/// <summary>The organisation, its API keys, and the password of the one who looks.</summary>
internal static class AccountPages
{
    public const string KeyForm = "key";
    public const string CloseForm = "close";
    private const string Password = "password";
    private const int KeysPerPage = 50;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/account", (PageApi api, Caller caller, string? error, string? done, string? keys) =>
            Show(api, caller, PasswordForm.Explain(error) is { } why ? new(Password, why) : null, null, done, keys));
        // Where a refused form leaves the browser: loaded again, it is the page.
        pages.MapGet("/account/api-keys", () => Page.SeeOther("/account"));
        pages.MapGet("/account/close", () => Page.SeeOther("/account"));
        pages.MapPost("/account/api-keys", Create);
        pages.MapPost("/account/close", Close);
        pages.MapPost("/account/api-keys/{id}/revoke", Revoke);
    }

    private static async Task<IResult> Show(
        PageApi api, Caller caller, FormError? error, NewKey? made, string? done = null, string? keys = null) => Page.Of<AccountView>(new
    {
        Organisation = await api.Read<OrganisationCard>("ShowOrganisation"),
        Keys = await api.List<KeyRow>("ListApiKeys", keys, new { limit = KeysPerPage }),
        Scopes = (IReadOnlyList<string>)[.. Scope.All.Where(caller.Scopes.Contains)],
        Error = error,
        Made = made,
        Done = done == PasswordForm.Changed ? PasswordForm.Explain(done) : null,
        // The operator's stands in the configuration; an API key has none.
        HasPassword = caller is { Person: not null, IsOperator: false },
        CanClose = caller is { Person: not null, IsOperator: false },
        // Accounts refuses a password and leads back here: what is asked for then is this page.
    }, error is null or { Form: Password } ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);

    private static async Task<IResult> Create(IFormCollection form, PageApi api, Caller caller)
    {
        var made = await api.Try<NewKey>("CreateApiKey", body: new
        {
            name = form["name"].ToString(),
            scopes = form["scopes"].Select(s => s ?? "").ToArray(),
        });
        // The secret exists in this answer only: a page with a form is never stored by a browser (anti-forgery sees to it).
        return made.Succeeded(out var key, out var refusal)
            ? await Show(api, caller, null, key)
            : await Show(api, caller, FormError.Of(KeyForm, refusal, form["name"]), null);
    }

    private static async Task<IResult> Close(IFormCollection form, PageApi api, Caller caller)
    {
        var name = form["name"].ToString();
        var closed = await api.Try<object>("CloseOrganisation", body: new { name });
        return closed.Refusal is { } refusal
            ? await Show(api, caller, FormError.Of(CloseForm, refusal, name), null)
            : Page.SeeOther($"{SignInForm.Path}?done={SignInForm.JustClosed}");
    }

    // An empty form still has to be bound: that is what checks its anti-forgery token.
    private static async Task<IResult> Revoke(string id, [FromForm(Name = "sure")] string? sure, PageApi api, Caller caller)
    {
        var ended = await api.Try<object>("RevokeApiKey", new { id });
        return ended.Refusal is { } refusal
            ? await Show(api, caller, FormError.Of("revoke", refusal), null)
            : Page.SeeOther("/account");
    }
}

/// <summary>The organisation of the caller.</summary>
public sealed record OrganisationCard(OrganisationId OrganisationId, string Name, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt);

/// <summary>An API key without its secret.</summary>
public sealed record KeyRow(
    ApiKeyId ApiKeyId, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt, string? LastUsedOn);

/// <summary>A key that was just made, with its secret.</summary>
public sealed record NewKey(ApiKeyId ApiKeyId, string ApiKey);
