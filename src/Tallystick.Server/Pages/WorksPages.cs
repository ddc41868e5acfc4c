using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Pages;

/// <summary>What can be bought: the list with search, and a work with its files and offers.</summary>
internal static class WorksPages
{
    private const int PerPage = 24;
    private const int QueryLengthMost = 200;
    private const int FilesPerPage = 50;
    private const int RulesShown = 20;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/", List).AllowAnonymous();
        pages.MapGet("/works", (string? q) => Page.SeeOther(q is null ? "/" : $"/?q={Uri.EscapeDataString(q)}")).AllowAnonymous();
        pages.MapGet("/works/{id}", (
            string id, PageApi api, Organisations organisations, Caller? caller, IdSource ids, [AsParameters] Cursors cursors,
            CancellationToken stop) =>
            Draw(id, api, new(organisations, ids, cursors), caller, null, stop)).AllowAnonymous();
        pages.MapGet("/works/{id}/royalty-rule", ShowRule);
    }

    private static async Task<IResult> List(PageApi api, Caller? caller, string? q, string? after)
    {
        var query = q is { Length: > QueryLengthMost } ? q[..QueryLengthMost] : q;
        var works = await api.Read<Part<WorkCard>>("ListWorks", new { q = query, after, limit = PerPage });
        return Page.Of<WorksView>(new
        {
            Works = works,
            Query = query,
            IsSignedIn = caller is not null,
            IsCreator = caller?.Roles.Contains(Role.Creator) == true,
            IsFirst = after is null,
        });
    }

    /// <param name="refused">Why an offer of it could not be taken, just now.</param>
    public static async Task<IResult> Draw(
        string id, PageApi api, Drawn with, Caller? caller, Refusal? refused, CancellationToken stop)
    {
        var work = await api.Read<WorkDetail>("ShowWork", new { id });
        var creator = await with.Organisations.Find(work.Creator, stop);
        return Page.Of<WorkView>(new
        {
            Work = work,
            Offers = await api.List<WorkOffer>("ListOffers", with.Cursors.Offers, new { id, on_sale = "true", limit = PerPage }),
            Files = work.VersionId is { } version
                ? await api.List<WorkFileRow>("ListFiles", with.Cursors.Files, new { id, version, limit = FilesPerPage })
                : new([], null, null),
            CreatorName = creator?.Name ?? "an organisation that is no longer here",
            IsSignedIn = caller is not null,
            CanBuy = caller?.Roles.Contains(Role.Buyer) == true,
            IsMine = caller?.Organisation == work.Creator,
            Key = with.Ids.New<RequestId>().ToString(),
            Error = refused is null ? null : $"{refused.Type.Title} {refused.Detail} {refused.Type.WhatToDo}",
        }, refused?.Type.Status ?? StatusCodes.Status200OK);
    }

    private static async Task<IResult> ShowRule(
        string id, PageApi api, Organisations organisations, IdSource ids, string? versions, CancellationToken stop)
    {
        var rules = await api.List<RuleRow>("ListRoyaltyRules", versions, new { id, limit = RulesShown });
        var work = await api.Read<WorkDetail>("ShowWork", new { id });
        var named = rules.Items.SelectMany(r => r.Parts.Select(p => p.Part.OrganisationId)).OfType<OrganisationId>().Append(work.Creator);
        return Page.Of<RuleView>(new
        {
            Work = work,
            Rules = rules,
            // The one in force is among the newest, whichever part is shown.
            InForce = RuleRow.InForce(
                versions is null ? rules.Items : (await api.List<RuleRow>("ListRoyaltyRules", null, new { id, limit = RulesShown })).Items, ids.Now),
            Names = (IReadOnlyDictionary<OrganisationId, string>)(await organisations.FindAll([.. named.Distinct()], stop))
                .ToDictionary(o => o.OrganisationId, o => o.Name),
            ids.Now,
        });
    }

    /// <summary>What a work's page is drawn with.</summary>
    internal sealed record Drawn(Organisations Organisations, IdSource Ids, Cursors Cursors);

    /// <summary>Which part of each list of a work is shown: what it begins after.</summary>
    internal sealed record Cursors
    {
        [FromQuery(Name = "offers")]
        public string? Offers { get; init; }

        [FromQuery(Name = "files")]
        public string? Files { get; init; }
    }
}

/// <summary>A version of a work's royalty rule.</summary>
public sealed record RuleRow(int Version, DateTimeOffset EffectiveFrom, RoyaltyRule Rule)
{
    /// <summary>
    /// The version by which what is earned now is shared; null when none is. The same order as billing: the latest beginning wins, and of
    /// two that begin together the later version.
    /// </summary>
    public static int? InForce(IEnumerable<RuleRow> rules, DateTimeOffset now) =>
        rules.Where(r => r.EffectiveFrom <= now).MaxBy(r => (r.EffectiveFrom, r.Version))?.Version;

    /// <summary>Its parts with the group they stand in; empty for the whole.</summary>
    public IEnumerable<(string Of, SplitPart Part)> Parts => Rule.Payees.Select(p => ("", p))
        .Concat((Rule.Groups ?? new Dictionary<string, IReadOnlyList<SplitPart>>()).SelectMany(g => g.Value.Select(p => (g.Key, p))));
}

/// <summary>A part of a list of the API.</summary>
public sealed record Part<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A part of a list on a page.</summary>
/// <param name="Next">What the next part begins after; null at the end.</param>
/// <param name="After">What this part began after; null at the first.</param>
public sealed record Listed<T>(IReadOnlyList<T> Items, string? Next, string? After)
{
    public int Count => Items.Count;
}

/// <summary>A work in a list.</summary>
public sealed record WorkCard(
    WorkId WorkId, string Title, string Description, string Kind, string? Language, VersionId? VersionId, DateTimeOffset? PublishedAt);

/// <summary>A work with everything a buyer wants to know.</summary>
public sealed record WorkDetail(
    WorkId WorkId, OrganisationId Creator, string Title, string Description, string Kind, string? Language,
    WorkSource Source, VersionId? VersionId, DateTimeOffset? PublishedAt, IReadOnlyList<WorkVersion> Versions,
    IReadOnlyList<WorkFileRow> Files);

/// <summary>Where the content comes from.</summary>
public sealed record WorkSource(string Name, string Licence, string? Url);

/// <summary>A version.</summary>
public sealed record WorkVersion(VersionId VersionId, int Number, string? Hash, int FileCount, long SizeBytes, DateTimeOffset? PublishedAt);

/// <summary>What can be bought.</summary>
public sealed record WorkOffer(OfferId OfferId, OfferPrice Price, Terms Terms, string TermsHash, string Hash, string Summary, bool OnSale)
{
    public bool IsPaidOnce => Price.Meter == "none" && Price.Amount.Minor > 0;

    public bool IsFree => Price.Amount.Minor == 0;
}

/// <summary>A price; <paramref name="Text"/> is for people.</summary>
public sealed record OfferPrice(Money Amount, string Meter, long Per, string Text);

/// <summary>A file.</summary>
public sealed record WorkFileRow(UnitId UnitId, string UnitKind, string Path, string Sha256, long SizeBytes, string MediaType);
