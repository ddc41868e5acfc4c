namespace Tallystick.Gate.Metering;

/// <summary>
/// The thread that makes records durable, and the files it writes. Each round: 1. take what was gathered; 2. decide under
/// the same lock whether this is the file's last round, and take the state as it is then; 3. write, sync, tell who waits;
/// 4. begin the next file with that state; 5. drop files whose events the server has; 6. get the next file's space. A round for
/// which nothing came marks that all before it is on the disk.
/// </summary>
internal sealed partial class LogWriter : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);
    private const int CrowdLeast = 4;
    private const uint PauseMicroseconds = 500;
    private readonly LocalLog _log;
    private readonly GateOptions _options;
    private readonly string _folder;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly List<LogSegment> _segments;
    private LogSegment _current;
    private LogSegment? _next;
    private long _offset;
    private int _stateBytes;
    private bool _isMarked;
    private bool _stopping;
    private volatile bool _isFull;

    public LogWriter(LocalLog log, GateOptions options, string folder, LogRecovery.Recovered recovered, ILogger logger)
    {
        (_log, _options, _folder, _logger) = (log, options, folder, logger);
        _segments = recovered.Segments;
        AppendSegment = recovered.LastNumber + 1;
        var state = LogSegment.StateBytes(recovered.State, AppendSegment);
        _current = LogSegment.Create(folder, AppendSegment, options.LogSegmentBytes + (2L * state.Length));
        BeginSegment(_current, state, recovered.State.NextSeq - 1);
        _thread = new Thread(Run) { IsBackground = true, Name = "gate-log" };
        _thread.Start();
    }

    /// <summary>Number of the file that records gathered now will stand in. Guarded by the log's lock.</summary>
    public long AppendSegment { get; private set; }

    /// <summary>True while the thread waits for records. Guarded by the log's lock.</summary>
    public bool Sleeps { get; private set; }

    /// <summary>No space for another file: nothing new may be delivered.</summary>
    public bool IsFull => _isFull;

    /// <summary>The disk failed to sync; only a restart and a replay can tell what is on it.</summary>
    public Exception? Failure { get; private set; }

    public long DurableSeq => _current.LastSeq;

    /// <summary>Released when events became durable.</summary>
    public SemaphoreSlim EventsDurable { get; } = new(0, 1);

    /// <summary>Files, oldest first.</summary>
    public IReadOnlyList<LogSegment> Segments()
    {
        lock (_segments)
        {
            return [.. _segments];
        }
    }

    public long BytesOnDisk()
    {
        lock (_segments)
        {
            return _segments.Sum(s => s == _current ? _options.LogSegmentBytes : s.DurableBytes);
        }
    }

    // A state that outgrows its file must leave room for records, or every batch would begin a new one.
    private long RollAt => _stateBytes + (_options.LogSegmentBytes / 4L * 3);

    public void Dispose()
    {
        lock (_log.Sync)
        {
            _stopping = true;
            Monitor.Pulse(_log.Sync);
        }

        _thread.Join();
        _current.Close();
        _next?.Close();
        EventsDurable.Dispose();
    }

    private void Run()
    {
        var spare = new LogBatch();
        while (TakeBatch(ref spare, out var batch, out var state))
        {
            var isCrowd = batch?.Waiters >= CrowdLeast;
            try
            {
                if (batch is not null)
                {
                    Persist(batch);
                }
                else
                {
                    Mark();
                }

                if (state is not null)
                {
                    var sealedSegment = _current;
                    BeginSegment(_next!, state, sealedSegment.LastSeq);
                    sealedSegment.Close();
                    _next = null;
                }

                DropAcknowledged();
                PrepareNext();
            }
            catch (IOException failure)
            {
                // After a failed sync the kernel may have dropped the pages: no retry can be trusted.
                Failure = failure;
                LogFailed(failure);
            }

            batch?.Complete(Failure is null ? null : new IOException("The log could not be written.", Failure));
            spare = batch ?? spare;
            if (isCrowd)
            {
                // Syncs in a row cost more processor than the requests they serve: let more of them gather.
                LogSegment.Pause(PauseMicroseconds);
            }
        }
    }

    // 1, 2
    private bool TakeBatch(ref LogBatch spare, out LogBatch? batch, out byte[]? state)
    {
        lock (_log.Sync)
        {
            state = null;
            batch = _log.Take(spare);
            if (batch is null && !_isMarked)
            {
                return true;
            }

            if (batch is null && !_stopping)
            {
                Sleeps = true;
                Monitor.Wait(_log.Sync, _isFull ? RetryAfter : Timeout.InfiniteTimeSpan);
                Sleeps = false;
                batch = _log.Take(spare);
            }

            if (batch is null)
            {
                return !_stopping;
            }

            if (_next is not null && _offset + batch.Length > RollAt)
            {
                AppendSegment = _next.Number;
                state = LogSegment.StateBytes(_log.State, AppendSegment);
            }

            return true;
        }
    }

    // 3
    private void Persist(LogBatch batch)
    {
        if (Failure is not null || batch.Length == 0)
        {
            return;
        }

        while (true)
        {
            try
            {
                var bytes = batch.Written(_current.Number);
                _current.Write(bytes, _offset);
                _offset += bytes.Length;
                _isMarked = false;
                break;
            }
            catch (IOException full)
            {
                // Nothing is lost: those who wait go on waiting until there is space, and nothing new begins.
                _isFull = true;
                LogFull(full.Message);
                lock (_log.Sync)
                {
                    if (_stopping)
                    {
                        throw;
                    }

                    Monitor.Wait(_log.Sync, RetryAfter);
                }
            }
        }

        _current.Sync();
        _current.DurableBytes = _offset;
        if (_current.LastSeq != batch.LastSeq)
        {
            _current.LastSeq = batch.LastSeq;
            if (EventsDurable.CurrentCount == 0)
            {
                EventsDurable.Release();
            }
        }

        _log.BecameDurable(batch);
    }

    // Not synced: it tells of what is, and whatever is written next begins with a mark of its own. After a failed sync nobody
    // knows what is: a mark would turn a torn end into damage.
    private void Mark()
    {
        _isMarked = true;
        if (Failure is not null)
        {
            return;
        }

        try
        {
            _offset += _current.Mark(_offset);
        }
        catch (IOException)
        {
            // Nobody waits for it, and the next who does hears of a disk that takes nothing.
        }
    }

    // 4
    private void BeginSegment(LogSegment segment, byte[] state, long lastSeq)
    {
        segment.Write(state, 0);
        segment.Sync();
        LogSegment.SyncFolder(_folder);
        segment.DurableBytes = state.Length;
        segment.LastSeq = lastSeq;
        _offset = _stateBytes = state.Length;
        _isMarked = false;
        lock (_segments)
        {
            _segments.Add(segment);
            _current = segment;
        }
    }

    // 5
    private void DropAcknowledged()
    {
        long acknowledged;
        lock (_log.Sync)
        {
            acknowledged = _log.State.AcknowledgedSeq;
        }

        lock (_segments)
        {
            while (_segments.Count > 1 && _segments[0].LastSeq <= acknowledged)
            {
                File.Delete(_segments[0].Path);
                _segments.RemoveAt(0);
            }
        }
    }

    // 6
    private void PrepareNext()
    {
        if (_next is not null || _offset < _stateBytes + (_options.LogSegmentBytes / 2))
        {
            return;
        }

        try
        {
            if (BytesOnDisk() + _options.LogSegmentBytes > _options.LogBytesMost)
            {
                throw new IOException($"The log has taken the {_options.LogBytesMost} bytes it may.");
            }

            _next = LogSegment.Create(_folder, AppendSegment + 1, _options.LogSegmentBytes + (2L * _stateBytes));
            _isFull = false;
        }
        catch (IOException full)
        {
            if (!_isFull)
            {
                LogFull(full.Message);
            }

            _isFull = true;
        }
    }

    [LoggerMessage(7101, LogLevel.Critical, "The log cannot be written; nothing is delivered until the gate is restarted")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(7102, LogLevel.Error, "The log has no space, nothing new is delivered: {Why}")]
    private partial void LogFull(string why);
}
