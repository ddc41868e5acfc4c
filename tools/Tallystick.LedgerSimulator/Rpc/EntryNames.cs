namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>Kinds of ledger entries as requests name them: by their own name in either case, or by a shorter one.</summary>
internal static class EntryNames
{
    // What an account can own. Others exist in a ledger, yet account_objects knows them not.
    private static readonly Dictionary<string, string> ByShortName = new(StringComparer.Ordinal)
    {
        ["account"] = "AccountRoot", ["amm"] = "AMM", ["bridge"] = "Bridge", ["check"] = "Check", ["credential"] = "Credential",
        ["delegate"] = "Delegate", ["deposit_preauth"] = "DepositPreauth", ["did"] = "DID", ["escrow"] = "Escrow", ["loan"] = "Loan",
        ["loan_broker"] = "LoanBroker", ["mpt_issuance"] = "MPTokenIssuance", ["mptoken"] = "MPToken", ["nft_offer"] = "NFTokenOffer",
        ["nft_page"] = "NFTokenPage", ["offer"] = "Offer", ["oracle"] = "Oracle", ["payment_channel"] = "PayChannel",
        ["permissioned_domain"] = "PermissionedDomain", ["signer_list"] = "SignerList", ["state"] = "RippleState", ["ticket"] = "Ticket",
        ["vault"] = "Vault", ["xchain_owned_claim_id"] = "XChainOwnedClaimID",
        ["xchain_owned_create_account_claim_id"] = "XChainOwnedCreateAccountClaimID",
    };

    public static IReadOnlyCollection<string> All => ByShortName.Values;

    /// <summary>What keeps an account from being deleted.</summary>
    public static readonly string[] Blockers =
    [
        "Check", "Escrow", "NFTokenPage", "PayChannel", "RippleState", "XChainOwnedClaimID", "XChainOwnedCreateAccountClaimID", "Bridge",
    ];

    /// <summary>The kind that a request's "type" names.</summary>
    public static string Find(RpcRequest request)
    {
        if (request.Text("type") is not { } name) throw RpcException.Invalid("type", "string");
        return ByShortName.GetValueOrDefault(name)
            ?? ByShortName.Values.FirstOrDefault(kind => kind.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw RpcException.Invalid("type");
    }
}
