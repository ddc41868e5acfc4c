using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Tallystick.Analyzers;

/// <summary>Points at functions over the aimed-at length. A hint in the editor, never a build error: some lists are long.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LongFunctionAnalyzer : DiagnosticAnalyzer
{
    private const int LinesAimedAt = 70;

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.LongFunction];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(
            Measure, SyntaxKind.MethodDeclaration, SyntaxKind.ConstructorDeclaration,
            SyntaxKind.LocalFunctionStatement, SyntaxKind.OperatorDeclaration);
    }

    private static void Measure(SyntaxNodeAnalysisContext context)
    {
        SyntaxNode? body = context.Node switch
        {
            BaseMethodDeclarationSyntax method => (SyntaxNode?)method.Body ?? method.ExpressionBody,
            LocalFunctionStatementSyntax local => (SyntaxNode?)local.Body ?? local.ExpressionBody,
            _ => null,
        };
        if (body is null)
        {
            return;
        }

        var span = body.GetLocation().GetLineSpan();
        var lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
        if (lines > LinesAimedAt)
        {
            var (name, place) = Name(context.Node);
            context.ReportDiagnostic(Diagnostic.Create(Rules.LongFunction, place, name, lines, LinesAimedAt));
        }
    }

    private static (string Name, Location Place) Name(SyntaxNode function)
    {
        var token = function switch
        {
            MethodDeclarationSyntax method => method.Identifier,
            ConstructorDeclarationSyntax constructor => constructor.Identifier,
            OperatorDeclarationSyntax @operator => @operator.OperatorToken,
            LocalFunctionStatementSyntax local => local.Identifier,
            _ => function.GetFirstToken(),
        };
        return (token.Text, token.GetLocation());
    }
}
