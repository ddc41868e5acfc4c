using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Tallystick.Analyzers;

/// <summary>Every named type that a symbol or an expression depends on, down to its type arguments.</summary>
internal static class TypesIn
{
    public static IEnumerable<INamedTypeSymbol> Symbol(ISymbol? symbol) => symbol switch
    {
        ITypeSymbol type => Type(type),
        IMethodSymbol method => Type(method.ContainingType).Concat(method.TypeArguments.SelectMany(Type)),
        IPropertySymbol or IFieldSymbol or IEventSymbol => Type(symbol.ContainingType),
        _ => [],
    };

    public static IEnumerable<INamedTypeSymbol> Operation(IOperation operation) =>
        Type(operation.Type).Concat(operation switch
        {
            IInvocationOperation call => Symbol(call.TargetMethod),
            IMemberReferenceOperation member => Symbol(member.Member),
            IConversionOperation conversion => Symbol(conversion.OperatorMethod),
            IBinaryOperation binary => Symbol(binary.OperatorMethod),
            IUnaryOperation unary => Symbol(unary.OperatorMethod),
            IAnonymousFunctionOperation lambda => lambda.Symbol.Parameters.SelectMany(p => Type(p.Type)),
            IVariableDeclaratorOperation variable => Type(variable.Symbol.Type),
            _ => [],
        });

    private static IEnumerable<INamedTypeSymbol> Type(ITypeSymbol? type) => type switch
    {
        IArrayTypeSymbol array => Type(array.ElementType),
        IPointerTypeSymbol pointer => Type(pointer.PointedAtType),
        INamedTypeSymbol named => Named(named),
        _ => [],
    };

    private static IEnumerable<INamedTypeSymbol> Named(INamedTypeSymbol type)
    {
        yield return type.OriginalDefinition;
        foreach (var part in type.TypeArguments.SelectMany(Type))
        {
            yield return part;
        }
    }
}
