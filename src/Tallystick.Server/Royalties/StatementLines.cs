using System.Globalization;
using System.Text;
using CsvHelper;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Texts;
using Tallystick.Core.Usage;

namespace Tallystick.Server.Royalties;

/// <summary>A line of a statement: one charge as its reader may see it.</summary>
internal sealed record StatementLine(
    Guid Organisation, long ChargeId, WorkId WorkId, string Title, LicenceId? LicenceId, BuyerPseudonym? Pseudonym,
    PurchaseId? PurchaseId, int MeterNumber, long Quantity, long Gross, long Fee, long Minor, long HeldBack,
    Currency Currency, int RuleVersion, string CarryBefore, string CarryAfter, Guid[] Seals)
{
    public Meter Meter => (Meter)MeterNumber;
}

/// <summary>Reads the lines of statements from charges and shares, and writes them as CSV (RFC 4180).</summary>
internal static class StatementLines
{
    // A creator's lines show the pseudonym of the buyer; a buyer's show the licence. Neither shows the other's name.
    private const string OfCreators =
        """
        select s.payee as organisation, c.id as charge_id, c.work_id, c.title, null::uuid as licence_id, c.pseudonym,
          null::uuid as purchase_id, c.meter as meter_number, c.quantity, c.gross, c.fee, s.minor, s.held_back, c.currency,
          c.rule_version, c.carry_before, c.carry_after, c.seals
        from royalties.share s join royalties.charge c on c.id = s.charge_id where c.run_id = @Run
        """;

    private const string OfBuyers =
        """
        select c.buyer as organisation, c.id as charge_id, c.work_id, c.title, c.licence_id, null::uuid as pseudonym, c.purchase_id,
          c.meter as meter_number, c.quantity, c.gross, c.fee, c.gross as minor, 0::bigint as held_back, c.currency,
          c.rule_version, c.carry_before, c.carry_after, c.seals
        from royalties.charge c where c.run_id = @Run
        """;

    /// <summary>All lines of some organisations and currencies in a run.</summary>
    public static string AllSql(string role) => role == "creator"
        ? $"{OfCreators} and s.payee = any(@Organisations) and c.currency = any(@Currencies) order by s.payee, c.id"
        : $"{OfBuyers} and c.buyer = any(@Organisations) and c.currency = any(@Currencies) order by c.buyer, c.id";

    /// <summary>
    /// The lines of one statement after one of them, at most so many; read in the order of an index, so that a page costs what a page
    /// holds. One run is open at a time, so that its charges are neighbours among those of a payee.
    /// </summary>
    public static string PageSql(string role) => role == "creator"
        ? $"""
        {OfCreators} and s.payee = @Organisation and c.currency = @Currency
          and s.charge_id > greatest(@After, (select min(id) - 1 from royalties.charge where run_id = @Run))
          and s.charge_id <= (select max(id) from royalties.charge where run_id = @Run)
        order by s.charge_id limit @Most
        """
        : $"{OfBuyers} and c.buyer = @Organisation and c.currency = @Currency and c.id > @After order by c.id limit @Most";

    /// <summary>Amounts in minor units, quantities in the meter's unit: what a spreadsheet adds up without rounding.</summary>
    public static byte[] Csv(IEnumerable<StatementLine> lines, string role)
    {
        using var bytes = new MemoryStream();
        using (var text = new StreamWriter(bytes, new UTF8Encoding(false)) { NewLine = "\r\n" })
        using (var csv = new CsvWriter(text, CultureInfo.InvariantCulture))
        {
            foreach (var name in (string[])[
                "line", "work", "title", role == "creator" ? "buyer" : "licence", "meter", "quantity", "gross_minor",
                "fee_minor", role == "creator" ? "share_minor" : "paid_minor", "held_back_minor", "currency",
                "rule_version", "carry_before", "carry_after", "seals"])
            {
                csv.WriteField(name);
            }

            csv.NextRecord();
            foreach (var line in lines)
            {
                Write(csv, line, role);
                csv.NextRecord();
            }
        }

        return bytes.ToArray();
    }

    private static void Write(CsvWriter csv, StatementLine line, string role)
    {
        csv.WriteField(line.ChargeId);
        csv.WriteField(line.WorkId.ToString());
        // Somebody's words; all else is ours.
        csv.WriteField(VisibleText.AsCell(line.Title));
        csv.WriteField(role == "creator" ? line.Pseudonym?.ToString() : line.LicenceId?.ToString() ?? line.PurchaseId?.ToString());
        csv.WriteField(MeterName(line.Meter));
        csv.WriteField(line.Quantity);
        csv.WriteField(line.Gross);
        csv.WriteField(line.Fee);
        csv.WriteField(line.Minor);
        csv.WriteField(line.HeldBack);
        csv.WriteField(line.Currency.Code);
        csv.WriteField(line.RuleVersion);
        csv.WriteField(line.CarryBefore);
        csv.WriteField(line.CarryAfter);
        csv.WriteField(string.Join(' ', line.Seals.Select(s => new SealId(s))));
    }

    public static string MeterName(Meter meter) => meter == Meter.None
        ? "purchase"
        : System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(meter.ToString());
}
