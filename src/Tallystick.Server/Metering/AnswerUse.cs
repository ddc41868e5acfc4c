using System.Globalization;
using Tallystick.Core.Gates;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>
/// <c>POST /gate/v1/uses</c>: whether a pass over a unit was counted. A gate asks when it gets no lease for it: the last use of a
/// licence may have been counted at another gate, and whoever paid for a pass goes on with it everywhere. Changes nothing.
/// </summary>
internal static class AnswerUse
{
    public static async Task<IResult> Handle(UseQuestion question, Database database, CancellationToken stop) =>
        !long.TryParse(question.Pass, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var pass) || question.Pass.Length != 16
            ? Problems.Invalid("pass", "16 hexadecimal digits.").ToHttp()
            : Results.Ok(new UseAnswer(await database.QueryOne<bool>(
                """
                select exists (
                  select 1 from metering.use where licence_id = @LicenceId and unit_id = @UnitId and pass = @pass)
                """,
                new { question.LicenceId, question.UnitId, pass },
                stop)));
}
