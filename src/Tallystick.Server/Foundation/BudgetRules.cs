using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

internal static class BudgetRules
{
    private const string Webhooks = "/webhooks";

    /// <summary>Every call of this route spends one of a budget of the caller's organisation. The operator has none.</summary>
    public static TBuilder Spends<TBuilder>(this TBuilder builder, BudgetKind kind)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
            Caller.From(context.HttpContext.User) is { IsOperator: false } caller &&
            context.HttpContext.RequestServices.GetRequiredService<Budgets>().Spend(kind, caller.Organisation.ToString()) is { } refusal
                ? refusal.ToHttp()
                : await next(context));

    /// <summary>
    /// What is neither GET nor HEAD spends from the budget of its organisation or, without credentials, of its address.
    /// Gates are the operator's own, and what the payment gateway tells must not be refused for its number: its route spends for
    /// what the gateway did not sign.
    /// </summary>
    public static IApplicationBuilder UseBudgets(this IApplicationBuilder app)
    {
        var budgets = app.ApplicationServices.GetRequiredService<Budgets>();
        return app.Use((context, next) => Refuse(budgets, context) is { } refusal
            ? refusal.ToHttp().ExecuteAsync(context)
            : next(context));
    }

    private static Refusal? Refuse(Budgets budgets, HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ||
            context.Request.Path.StartsWithSegments(Webhooks, StringComparison.Ordinal))
        {
            return null;
        }

        return Caller.From(context.User) is { } caller
            ? caller.IsOperator ? null : budgets.Spend(BudgetKind.Changes, caller.Organisation.ToString())
            : context.User.Identity?.IsAuthenticated == true
                ? null
                : budgets.Spend(BudgetKind.AnonymousChanges, NetworkAddress.Of(context));
    }
}
