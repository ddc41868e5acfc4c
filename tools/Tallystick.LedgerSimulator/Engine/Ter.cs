namespace Tallystick.LedgerSimulator.Engine;

/// <summary>A transaction result: rippled's name, number and words.</summary>
internal sealed record Ter(string Name, int Code, string Message)
{
    public static readonly Ter Success = new("tesSUCCESS", 0, "The transaction was applied. Only final in a validated ledger.");

    public static readonly Ter PathPartial = new("tecPATH_PARTIAL", 101, "Path could not send full amount.");
    public static readonly Ter UnfundedPayment = new("tecUNFUNDED_PAYMENT", 104, "Insufficient XRP balance to send.");
    public static readonly Ter DirFull = new("tecDIR_FULL", 121, "Can not add entry to full directory.");
    public static readonly Ter InsufReserveLine = new("tecINSUF_RESERVE_LINE", 122, "Insufficient reserve to add trust line.");
    public static readonly Ter NoDst = new("tecNO_DST", 124, "Destination does not exist. Send XRP to create it.");
    public static readonly Ter NoDstInsufXrp = new("tecNO_DST_INSUF_XRP", 125, "Destination does not exist. Too little XRP sent to create it.");
    public static readonly Ter NoLineInsufReserve = new("tecNO_LINE_INSUF_RESERVE", 126, "No such line. Too little reserve to create it.");
    public static readonly Ter NoLineRedundant = new("tecNO_LINE_REDUNDANT", 127, "Can't set non-existent line to default.");
    public static readonly Ter PathDry = new("tecPATH_DRY", 128, "Path could not send partial amount.");
    public static readonly Ter Unfunded = new("tecUNFUNDED", 129, "Not enough XRP to satisfy the reserve requirement.");
    public static readonly Ter NoAlternativeKey = new("tecNO_ALTERNATIVE_KEY", 130, "The operation would remove the ability to sign transactions with the account.");
    public static readonly Ter Owners = new("tecOWNERS", 132, "Non-zero owner count.");
    public static readonly Ter NoLine = new("tecNO_LINE", 135, "No such line.");
    public static readonly Ter InsuffFee = new("tecINSUFF_FEE", 136, "Insufficient balance to pay fee.");
    public static readonly Ter NoTarget = new("tecNO_TARGET", 138, "Target account does not exist.");
    public static readonly Ter NoPermission = new("tecNO_PERMISSION", 139, "No permission to perform requested operation.");
    public static readonly Ter NoEntry = new("tecNO_ENTRY", 140, "No matching entry found.");
    public static readonly Ter InsufficientReserve = new("tecINSUFFICIENT_RESERVE", 141, "Insufficient reserve to complete requested operation.");
    public static readonly Ter NeedMasterKey = new("tecNEED_MASTER_KEY", 142, "The operation requires the use of the Master Key.");
    public static readonly Ter DstTagNeeded = new("tecDST_TAG_NEEDED", 143, "A destination tag is required.");
    public static readonly Ter Expired = new("tecEXPIRED", 148, "Expiration time is passed.");
    public static readonly Ter InsufficientFunds = new("tecINSUFFICIENT_FUNDS", 159, "Not enough funds available to complete requested transaction.");

    public static readonly Ter InsufFeeB = new("terINSUF_FEE_B", -97, "Account balance can't pay fee.");
    public static readonly Ter NoAccount = new("terNO_ACCOUNT", -96, "The source account does not exist.");
    public static readonly Ter PreSeq = new("terPRE_SEQ", -92, "Missing/inapplicable prior transaction.");
    public static readonly Ter Queued = new("terQUEUED", -89, "Held until escalated fee drops.");
    public static readonly Ter PreTicket = new("terPRE_TICKET", -88, "Ticket is not yet in ledger.");

    public static readonly Ter NoAuthRequired = new("tefNO_AUTH_REQUIRED", -191, "Auth is not required.");
    public static readonly Ter WrongPrior = new("tefWRONG_PRIOR", -189, "This previous transaction does not match.");
    public static readonly Ter PastSeq = new("tefPAST_SEQ", -190, "This sequence number has already passed.");
    public static readonly Ter Already = new("tefALREADY", -198, "The exact transaction was already in this ledger.");
    public static readonly Ter BadAuth = new("tefBAD_AUTH", -196, "Transaction's public key is not authorized.");
    public static readonly Ter MasterDisabled = new("tefMASTER_DISABLED", -188, "Master key is disabled.");
    public static readonly Ter MaxLedger = new("tefMAX_LEDGER", -187, "Ledger sequence too high.");
    public static readonly Ter NotMultiSigning = new("tefNOT_MULTI_SIGNING", -184, "Account has no appropriate list of multi-signers.");
    public static readonly Ter NoTicket = new("tefNO_TICKET", -180, "Ticket is not in ledger.");

    public static readonly Ter BadDomain = new("telBAD_DOMAIN", -398, "Domain too long.");
    public static readonly Ter BadPublicKey = new("telBAD_PUBLIC_KEY", -396, "Public key is not valid.");
    public static readonly Ter InsufFeeP = new("telINSUF_FEE_P", -394, "Fee insufficient.");
    public static readonly Ter NoDstPartial = new("telNO_DST_PARTIAL", -393, "Partial payment to create account not allowed.");
    public static readonly Ter CanNotQueue = new("telCAN_NOT_QUEUE", -392, "Can not queue at this time.");
    public static readonly Ter CanNotQueueBalance = new("telCAN_NOT_QUEUE_BALANCE", -391, "Can not queue at this time: insufficient balance to pay all queued fees.");
    public static readonly Ter CanNotQueueFee = new("telCAN_NOT_QUEUE_FEE", -388, "Can not queue at this time: fee insufficient to replace queued transaction.");
    public static readonly Ter CanNotQueueFull = new("telCAN_NOT_QUEUE_FULL", -387, "Can not queue at this time: queue is full.");
    public static readonly Ter WrongNetwork = new("telWRONG_NETWORK", -386, "Transaction specifies a Network ID that differs from that of the local node.");
    public static readonly Ter RequiresNetworkId = new("telREQUIRES_NETWORK_ID", -385, "Transactions submitted to this node/network must include a correct NetworkID field.");
    public static readonly Ter NetworkIdNotCanonical = new("telNETWORK_ID_MAKES_TX_NON_CANONICAL", -384, "Transactions submitted to this node/network must NOT include a NetworkID field.");

    public static readonly Ter Malformed = new("temMALFORMED", -299, "Malformed transaction.");
    public static readonly Ter BadAmount = new("temBAD_AMOUNT", -298, "Malformed: Bad amount.");
    public static readonly Ter BadCurrency = new("temBAD_CURRENCY", -297, "Malformed: Bad currency.");
    public static readonly Ter BadExpiration = new("temBAD_EXPIRATION", -296, "Malformed: Bad expiration.");
    public static readonly Ter BadFee = new("temBAD_FEE", -295, "Invalid fee, negative or not XRP.");
    public static readonly Ter BadLimit = new("temBAD_LIMIT", -293, "Limits must be non-negative.");
    public static readonly Ter BadRegKey = new("temBAD_REGKEY", -289, "Malformed: Regular key cannot be same as master key.");
    public static readonly Ter BadSendXrpLimit = new("temBAD_SEND_XRP_LIMIT", -288, "Malformed: Limit quality is not allowed for XRP to XRP.");
    public static readonly Ter BadSendXrpMax = new("temBAD_SEND_XRP_MAX", -287, "Malformed: Send max is not allowed for XRP to XRP.");
    public static readonly Ter BadSendXrpNoDirect = new("temBAD_SEND_XRP_NO_DIRECT", -286, "Malformed: No Ripple direct is not allowed for XRP to XRP.");
    public static readonly Ter BadSendXrpPartial = new("temBAD_SEND_XRP_PARTIAL", -285, "Malformed: Partial payment is not allowed for XRP to XRP.");
    public static readonly Ter BadSendXrpPaths = new("temBAD_SEND_XRP_PATHS", -284, "Malformed: Paths are not allowed for XRP to XRP.");
    public static readonly Ter BadSignature = new("temBAD_SIGNATURE", -282, "Malformed: Bad signature.");
    public static readonly Ter BadSrcAccount = new("temBAD_SRC_ACCOUNT", -281, "Malformed: Bad source account.");
    public static readonly Ter BadTransferRate = new("temBAD_TRANSFER_RATE", -280, "Malformed: Transfer rate must be >= 1.0 and <= 2.0");
    public static readonly Ter DstIsSrc = new("temDST_IS_SRC", -279, "Destination may not be source.");
    public static readonly Ter DstNeeded = new("temDST_NEEDED", -278, "Destination not specified.");
    public static readonly Ter Invalid = new("temINVALID", -277, "The transaction is ill-formed.");
    public static readonly Ter InvalidFlag = new("temINVALID_FLAG", -276, "The transaction has an invalid flag.");
    public static readonly Ter Redundant = new("temREDUNDANT", -275, "The transaction is redundant.");
    public static readonly Ter BadSigner = new("temBAD_SIGNER", -272, "Malformed: No signer may duplicate account or other signers.");
    public static readonly Ter BadTickSize = new("temBAD_TICK_SIZE", -269, "Malformed: Tick size out of range.");
    public static readonly Ter InvalidCount = new("temINVALID_COUNT", -266, "Malformed: Count field outside valid range.");
    public static readonly Ter SeqAndTicket = new("temSEQ_AND_TICKET", -263, "Transaction contains a TicketSequence and a non-zero Sequence.");

    public bool IsSuccess => Code == 0;

    public bool IsClaim => Code >= 100;

    public bool IsRetry => Code is >= -99 and <= -1;
}
