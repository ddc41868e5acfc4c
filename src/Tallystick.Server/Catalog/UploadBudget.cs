using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>Content that is sent is paid from the organisation's budget as it arrives; the operator has none.</summary>
internal sealed class UploadBudget(Budgets budgets)
{
    /// <summary>Reads a body, unless the budget does not hold what was announced or ends before the body does.</summary>
    public async Task<Outcome<T>> Read<T>(Caller caller, HttpRequest request, Func<Stream, Task<Outcome<T>>> read)
    {
        if (caller.IsOperator)
        {
            return await read(request.Body);
        }

        var organisation = caller.Organisation.ToString();
        if (budgets.Ask(BudgetKind.UploadBytes, organisation, request.ContentLength ?? 0) is { } spent)
        {
            return spent;
        }

        await using var body = new BudgetedBody(request.Body, budgets, BudgetKind.UploadBytes, organisation);
        try
        {
            return await read(body);
        }
        catch (BadHttpRequestException) when (body.Spent is not null)
        {
            return body.Spent;
        }
    }
}
