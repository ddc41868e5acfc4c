using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Tallystick.Hosting;

namespace Tallystick.Server.Pages;

/// <summary>Everything that stands aside, by kind, with what to do and a button for each choice.</summary>
internal static class SetAsidePages
{
    /// <summary>Rows of one kind on the page: a person reads no more; the rest is a list away.</summary>
    private const int RowsShown = 50;

    /// <param name="operators">The group of the operator's pages.</param>
    public static void Map(IEndpointRouteBuilder operators)
    {
        operators.MapGet("/set-aside", (PageApi api, string? done) => Draw(api, done == "yes", null));
        // Where a refused button leaves the browser: loaded again, it is the page.
        operators.MapGet("/set-aside/{id}/{action}", (long id, string action) => Page.SeeOther("/operator/set-aside"));
        operators.MapPost("/set-aside/{id}/{action}", async (long id, string action, [FromForm] string? sure, PageApi api) =>
            (await api.Try<AsideRow>("ActOnSetAside", new { id, action })).Refusal is { } refusal
                ? await Draw(api, false, refusal)
                : Page.SeeOther("/operator/set-aside?done=yes"));
    }

    /// <summary>How many are open.</summary>
    public static async Task<long> Open(PageApi api) => (await api.Read<AsideKinds>("ListSetAsideKinds")).Kinds.Sum(k => k.Open);

    private static async Task<IResult> Draw(PageApi api, bool done, Refusal? refused)
    {
        var groups = new List<AsideGroup>();
        foreach (var kind in (await api.Read<AsideKinds>("ListSetAsideKinds")).Kinds.Where(k => k.Open > 0))
        {
            var rows = (await api.Read<Part<AsideRow>>("ListSetAside", new { kind = kind.Kind, limit = RowsShown })).Items;
            groups.Add(new(kind, rows));
        }

        return Page.Of<SetAsideView>(
            new
            {
                Groups = (IReadOnlyList<AsideGroup>)groups,
                Done = done,
                Error = refused is null ? null : $"{refused.Type.Title} {refused.Detail}",
            },
            refused?.Type.Status ?? StatusCodes.Status200OK);
    }
}

/// <summary>One kind and its newest rows.</summary>
public sealed record AsideGroup(AsideKind Kind, IReadOnlyList<AsideRow> Rows);

/// <summary>All kinds.</summary>
public sealed record AsideKinds(IReadOnlyList<AsideKind> Kinds);

/// <summary>A kind of thing that can stand aside.</summary>
public sealed record AsideKind(string Kind, string Title, string WhatToDo, long Open);

/// <summary>What stands aside.</summary>
public sealed record AsideRow(
    long Id, string Subject, string Reason, JsonNode Detail, long Times, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt,
    IReadOnlyList<AsideChoice> Actions);

/// <summary>What can be chosen.</summary>
public sealed record AsideChoice(string Name, string Title);
