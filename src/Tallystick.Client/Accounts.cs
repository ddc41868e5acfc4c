using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;

namespace Tallystick.Client;

/// <summary>A new organisation with its first API key.</summary>
/// <param name="ApiKey">The secret (<c>tsk_…</c>). It is shown this once and stored nowhere.</param>
public sealed record SignedUp(OrganisationId OrganisationId, PersonId PersonId, ApiKeyId ApiKeyId, string ApiKey);

/// <summary>An organisation as its own credentials see it.</summary>
/// <param name="Roles"><c>creator</c>, <c>buyer</c>, <c>operator</c>.</param>
/// <param name="Scopes">What the credentials in use may do.</param>
public sealed record Organisation(
    OrganisationId OrganisationId, string Name, IReadOnlyList<string> Roles, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt);

/// <summary>An API key without its secret.</summary>
/// <param name="MadeBy">The key that made it, and with which it ends; null when a person made it.</param>
public sealed record ApiKeyEntry(
    ApiKeyId ApiKeyId, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt = null, DateTimeOffset? RevokedAt = null, string? LastUsedOn = null, ApiKeyId? MadeBy = null);

/// <summary>A new API key.</summary>
/// <param name="ApiKey">The secret. It is shown this once and stored nowhere.</param>
/// <param name="ExpiresAt">When it ends; what a key makes ends with that key at the latest.</param>
public sealed record NewApiKey(ApiKeyId ApiKeyId, string ApiKey, DateTimeOffset? ExpiresAt = null);

/// <summary>A link with which a person who forgot the password sets a new one.</summary>
/// <param name="Url">Works once, until <paramref name="ExpiresAt"/>. It is shown this once and stored nowhere.</param>
public sealed record PasswordResetLink(PersonId PersonId, string Url, DateTimeOffset ExpiresAt);

/// <summary>An organisation whose account is closed.</summary>
/// <param name="Debts">What it owes; that stays owed.</param>
public sealed record ClosedOrganisation(
    OrganisationId OrganisationId, string Name, DateTimeOffset ClosedAt, IReadOnlyList<Money> Debts);

public sealed partial class TallyClient
{
    /// <summary>Signs an organisation up. Needs no credentials.</summary>
    /// <param name="roles"><c>creator</c>, <c>buyer</c> or both.</param>
    /// <exception cref="TallyProblemException">The e-mail address is in use, or something is not valid.</exception>
    public Task<SignedUp> SignUp(
        string name, string email, string password, IReadOnlyList<string> roles, CancellationToken stop) =>
        Post<SignedUp>("v1/organisations", new { name, email, password, roles }, stop);

    /// <summary>Whose credentials these are and what they may do.</summary>
    public Task<Organisation> Me(CancellationToken stop) => Get<Organisation>("v1/organisations/me", stop);

    /// <summary>
    /// Closes the organisation's account for good: offers are withdrawn, keys and sessions end, also the one in use, and what it
    /// is owed is paid whatever the minimum.
    /// </summary>
    /// <param name="name">The organisation's name, as confirmation.</param>
    /// <exception cref="TallyProblemException">The name is another one, or there is money that would be left behind.</exception>
    public Task<ClosedOrganisation> CloseOrganisation(string name, CancellationToken stop) =>
        Post<ClosedOrganisation>("v1/organisation/close", new { name }, stop);

    /// <summary>The organisation's API keys, newest first.</summary>
    public Task<ListPage<ApiKeyEntry>> ApiKeys(string? after, CancellationToken stop) =>
        Get<ListPage<ApiKeyEntry>>("v1/api-keys" + Query(("limit", 200), ("after", after)), stop);

    /// <summary>Makes a further API key.</summary>
    /// <param name="scopes">At least one, and only scopes of the credentials in use.</param>
    public Task<NewApiKey> CreateApiKey(
        string name, IReadOnlyList<string> scopes, DateTimeOffset? expiresAt, CancellationToken stop) =>
        Post<NewApiKey>("v1/api-keys", new { name, scopes, expires_at = expiresAt }, stop);

    /// <summary>Makes a link that sets a person's password (operators only). A newer link ends the older one.</summary>
    /// <param name="email">The address that the person signs in with.</param>
    /// <exception cref="TallyProblemException">Nobody signs in with this address.</exception>
    public Task<PasswordResetLink> MakePasswordReset(string email, CancellationToken stop) =>
        Post<PasswordResetLink>("v1/password-resets", new { email }, stop);

    /// <summary>Ends an API key at once, and with it the keys that it made.</summary>
    public Task RevokeApiKey(ApiKeyId key, CancellationToken stop) => Delete($"v1/api-keys/{key}", stop);
}
