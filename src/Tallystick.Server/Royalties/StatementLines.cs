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
    /// <summary>A creator's lines show the pseudonym of the buyer; a buyer's show the licence. Neither shows the other's name.</summary>
    public const string Sql =
        """
        select s.payee as organisation, c.id as charge_id, c.work_id, c.title, null::uuid as licence_id, c.pseudonym,
          null::uuid as purchase_id, c.meter as meter_number, c.quantity, c.gross, c.fee, s.minor, s.held_back, c.currency,
          c.rule_version, c.carry_before, c.carry_after, c.seals
        from royalties.charge c join royalties.share s on s.charge_id = c.id
        where c.run_id = @Run and @Role = 'creator' and s.payee = any(@Organisations) and c.currency = any(@Currencies)
        union all
        select c.buyer, c.id, c.work_id, c.title, c.licence_id, null::uuid, c.purchase_id, c.meter, c.quantity, c.gross,
          c.fee, c.gross, 0, c.currency, c.rule_version, c.carry_before, c.carry_after, c.seals
        from royalties.charge c
        where c.run_id = @Run and @Role = 'buyer' and c.buyer = any(@Organisations) and c.currency = any(@Currencies)
        order by 1, 2
        """;

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
