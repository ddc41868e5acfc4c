using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Leases;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Access;

/// <summary>
/// Hands gates the right to deliver, in small amounts, to who speaks for the gate's newest epoch. 1. The licence is valid now. 2. The
/// wallet is locked: of all decisions about it one is made at a time. 3. What it has that is neither used nor held. 4. Decide. 5. Store:
/// what is granted is held from here on.
/// </summary>
internal sealed class AnswerLeases(
    Database database, Epochs epochs, Offers offers, FreeMoney money, LeaseLimits limits)
{
    public static async Task<IResult> Handle(
        LeaseRequest request, GateCaller gate, AnswerLeases leases, [FromHeader(Name = EpochTokenHeader.Name)] string? token,
        CancellationToken stop) =>
        Check(request) is { } invalid
            ? invalid.ToHttp()
            : (await leases.Answer(request, gate.Gate, token, stop)).ToHttp(Results.Ok);

    private Task<Outcome<LeaseGrant>> Answer(LeaseRequest asked, GateId gate, string? token, CancellationToken stop) =>
        database.InTransaction<Outcome<LeaseGrant>>(
            async tx =>
            {
                if (!(await epochs.Speaking(tx, gate, asked.Epoch, token)).Succeeded(out var epoch, out var refusal))
                {
                    return refusal;
                }

                // A gate that was given a newer epoch has lost the log of the older one, or another took its place.
                if (!epoch.IsNewest)
                {
                    return AccessProblems.EpochFenced.With($"Epoch {asked.Epoch} is not this gate's current one.");
                }

                var request = asked with { Epoch = epoch.LeasesOf };
                var now = limits.Now;
                // 1
                if (await Licences.Find(tx, request.LicenceId) is not { } licence || !licence.IsValidAt(now))
                {
                    var (kept, version) = await Answered(tx, gate, request);
                    return new LeaseGrant(kept, limits.Expires(now), LeaseDecision.NotActive, version);
                }

                var offer = await offers.Find(tx, licence.OfferId)
                    ?? throw new InvalidOperationException($"{licence.LicenceId} names an offer that is not there.");
                var (price, most) = Limits(licence, offer.Price, request.Meter);
                if (price is null && most is null)
                {
                    return new LeaseGrant(request.WantedTotal, limits.Expires(now));
                }

                return await Grant(tx, request, gate, licence, price, most, now);
            },
            stop);

    private async Task<Outcome<LeaseGrant>> Grant(
        Tx tx, LeaseRequest request, GateId gate, LicenceView licence, Price? price, long? most, DateTimeOffset now)
    {
        if (price is not null && await limits.Reached(tx, gate, price.Amount.Currency, now) is { } reached)
        {
            return reached;
        }

        var expires = limits.Expires(now);
        var (leased, version) = await Locked(tx, gate, request, expires);
        var available = long.MaxValue;
        if (price is not null)
        {
            // 2, 3
            available = await money.Locked(tx, licence.Buyer, price.Amount.Currency);
        }

        var credit = await LockedCredit(tx, licence, request.Meter, price, most);
        // 4
        var ask = new LeaseAsk(leased, request.SpentTotal, request.WantedTotal, request.NeededTotal);
        var step = LeaseDecision.Decide(credit, ask, available, limits.StepMost(request.Meter));
        // 5
        await tx.Execute(
            """
            update access.lease set granted = @Granted
            where gate = @Gate and epoch = @Epoch and licence_id = @LicenceId and meter = @Meter
            """,
            new { Granted = leased + step.Extra, Gate = gate, request.Epoch, request.LicenceId, Meter = (short)request.Meter });
        await tx.Execute(
            """
            update access.credit set granted_total = granted_total + @Extra
            where licence_id = @LicenceId and meter = @Meter
            """,
            new { step.Extra, request.LicenceId, Meter = (short)request.Meter });
        if (price is not null && step.Extra > 0)
        {
            await LeaseLimits.Took(tx, gate, price.Cost(step.Extra).Ceiling(), price.Amount.Currency, now);
        }

        CrashPoint.Reach("lease.before_commit");
        return new LeaseGrant(leased + step.Extra, expires, step.Exhausted, version);
    }

    /// <summary>What limits a meter under a licence: the wallet when its price counts it, the licence when it limits uses.</summary>
    public static (Price? Price, long? Most) Limits(LicenceView licence, Price price, Meter meter) => (
        price.Meter == meter && price.Amount.Minor > 0 ? price : null,
        meter == Meter.SegmentUnlocked ? licence.MaxUses : null);

    public static async Task<LicenceCredit> LockedCredit(
        Tx tx, LicenceView licence, Meter meter, Price? price, long? most)
    {
        await tx.Execute(
            """
            insert into access.credit (licence_id, meter, buyer, currency, price, most)
            values (@LicenceId, @Meter, @Buyer, @Currency, @Price, @Most)
            on conflict (licence_id, meter) do update set most = excluded.most
            """,
            new
            {
                licence.LicenceId,
                Meter = (short)meter,
                licence.Buyer,
                Currency = price?.Amount.Currency.Code,
                Price = price is null ? null : SqlTypes.Json(price),
                Most = most,
            });
        var row = await tx.QueryOne<CreditRow>(
            $"select {CreditRow.Columns} from access.credit where licence_id = @LicenceId and meter = @Meter for update",
            new { licence.LicenceId, Meter = (short)meter });
        return row!.ToCredit();
    }

    // Made and locked before the decision: of two first questions, one that was given up and one that repeats it, the
    // second must see what the first was granted.
    private static Task<LeaseRow> Locked(Tx tx, GateId gate, LeaseRequest request, DateTimeOffset expires) =>
        tx.QueryOne<LeaseRow>(
            """
            insert into access.lease (gate, epoch, licence_id, meter, granted, expires_at, version)
            values (@Gate, @Epoch, @LicenceId, @Meter, 0, @Expires, 1)
            on conflict (gate, epoch, licence_id, meter) do update
              set expires_at = excluded.expires_at, version = lease.version + 1
            returning granted, version
            """,
            new { Gate = gate, request.Epoch, request.LicenceId, Meter = (short)request.Meter, Expires = expires })!;

    private static async Task<LeaseRow> Answered(Tx tx, GateId gate, LeaseRequest request) =>
        await tx.QueryOne<LeaseRow>(
            """
            update access.lease set version = version + 1
            where gate = @Gate and epoch = @Epoch and licence_id = @LicenceId and meter = @Meter
            returning granted, version
            """,
            new { Gate = gate, request.Epoch, request.LicenceId, Meter = (short)request.Meter }) ?? new LeaseRow(0, 0);

    private sealed record LeaseRow(long Granted, long Version);

    public static Refusal? Check(LeaseRequest request)
    {
        var errors = new InputErrors()
            .Require(Enum.IsDefined(request.Meter) && request.Meter != Meter.None, "meter", "A meter that can be leased.")
            .Require(request.Epoch > 0, "epoch", "The number of the gate's epoch.")
            .Require(request.SpentTotal is >= 0 and <= StoredMost, "spent_total", "Not negative, at most 2^60.")
            .Require(request.WantedTotal is >= 0 and <= StoredMost, "wanted_total", "Not negative, at most 2^60.")
            .Require(request.NeededTotal is null or (>= 0 and <= StoredMost), "needed_total", "Not negative, at most 2^60.")
            .Require(request.Version >= 0, "version", "Of the newest answer about this lease, 0 for none.");
        return errors.Any ? errors.ToRefusal() : null;
    }

    private const long StoredMost = 1L << 60;
}

/// <summary>A row of access.credit.</summary>
internal sealed record CreditRow(long GrantedTotal, long BilledTotal, JsonNode? Price, long? Most)
{
    public const string Columns = "granted_total, billed_total, price, most";

    public LicenceCredit ToCredit() =>
        new(GrantedTotal, BilledTotal, Price is null ? null : SqlTypes.FromJson<Price>(Price), Most);
}
