//! Events: a table whose rows happened somewhere, some day, to somebody.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::evidence::imports::{self, BatchKind, Begun, ImportedEvent, NewBatch, Problem, Progress};
use domain::evidence::{self, Stratum};
use domain::kernel::codes::EventKind;
use domain::kernel::ctx::Ctx;
use interop::events::{EventReader, EventRow, Mapping};
use tokio::sync::mpsc;

use super::{
    BadRows, ImportFailure, PROBLEMS_KEPT, Report, Source, Tick, already_in, give_up, nothing_good,
    problem_of,
};

/// Source rows to a piece: large enough that a commit (about 3 ms) is nothing, small enough to see it move.
const PIECE_ROWS: u64 = 20_000;

/// A piece of the file, read and checked.
struct Piece {
    /// How far the file is read after it.
    rows: Progress,
    bytes: u64,
    events: Vec<EventRow>,
    problems: Vec<Problem>,
}

/// What the reading thread says at its end.
struct ReadEnd {
    rows: Progress,
    events: u64,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    bad_rows: Option<PathBuf>,
}

/// Reads and checks a file and stores nothing.
pub async fn dry_run(
    ctx: &Ctx,
    source: &Source,
    mapping: &Mapping,
    bad_rows: Option<PathBuf>,
    mut tick: impl FnMut(Tick),
) -> Result<Report, ImportFailure> {
    let (_, length) = source.open()?;
    let (mut pieces, reader) = read_ahead(ctx, source, mapping, bad_rows);
    while let Some(piece) = pieces.recv().await {
        tick(tick_of(&piece, length));
    }
    let end = reader.await.map_err(|_| ImportFailure::ReaderEnded)??;
    Ok(report_of(end))
}

/// Brings a file of events in. The same content a second time changes nothing.
pub async fn events(
    ctx: &Ctx,
    source: &Source,
    mapping: &Mapping,
    bad_rows: Option<PathBuf>,
    mut tick: impl FnMut(Tick),
) -> Result<Report, ImportFailure> {
    let (_, length) = source.open()?;
    let mapping_text = mapping.to_toml();
    let new = NewBatch {
        kind: BatchKind::Events,
        dataset: mapping.dataset.clone(),
        title: mapping.title.clone().unwrap_or_else(|| mapping.dataset.clone()),
        file_name: source.name.clone(),
        content_hash: source.content_hash(&format!("events\n{mapping_text}"))?,
        mapping: mapping_text,
    };
    let (batch, resumed_after) = match imports::begin(ctx, &new).await? {
        Begun::New(batch) => (batch, 0),
        Begun::Resume(batch) => (batch.clone(), batch.rows_read),
        Begun::AlreadyIn(batch) => return Ok(already_in(batch)),
    };
    let mut store = Store { ctx, mapping, strata: Vec::new(), labels: BTreeMap::new() };
    let mut stored =
        Progress { rows_read: batch.rows_read, rows_good: batch.rows_good, rows_bad: batch.rows_bad };
    let mut rows_known = batch.rows_known;
    let (mut pieces, reader) = read_ahead(ctx, source, mapping, bad_rows);
    while let Some(piece) = pieces.recv().await {
        tick(tick_of(&piece, length));
        let events = store.ready(&piece.events).await?;
        // An earlier run stored this piece. Pieces are cut at the same rows every time.
        if piece.rows.rows_read > stored.rows_read {
            rows_known +=
                imports::events_append(ctx, &batch, stored, piece.rows, &events, &piece.problems).await?;
            stored = piece.rows;
        }
    }
    let end = match reader.await.map_err(|_| ImportFailure::ReaderEnded)? {
        Ok(end) => end,
        Err(failure) => {
            // A file that turned out unreadable leaves nothing behind.
            give_up(ctx, &batch).await?;
            return Err(failure);
        }
    };
    if let Some(failure) = nothing_good(end.rows, &end.problems) {
        give_up(ctx, &batch).await?;
        return Err(failure);
    }
    let labels: Vec<_> = store.labels.into_iter().map(|((kind, code), label)| (kind, code, label)).collect();
    imports::labels_set(ctx, &mapping.dataset, &labels).await?;
    imports::finish(&ctx.later(), &batch, end.rows).await?;
    let batch = imports::batch(ctx.db(), &batch.id).await?;
    Ok(Report { batch, resumed_after, rows_known, ..report_of(end) })
}

/// What turns a row as read into a row as stored.
struct Store<'a> {
    ctx: &'a Ctx,
    mapping: &'a Mapping,
    /// Group combinations of the reader, by its numbering, to the ids of the database.
    strata: Vec<Option<i64>>,
    labels: BTreeMap<(EventKind, String), String>,
}

impl Store<'_> {
    async fn ready(&mut self, rows: &[EventRow]) -> Result<Vec<ImportedEvent>, ImportFailure> {
        self.strata_known(rows).await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let kind = row.kind;
            if let Some(label) = &row.label {
                let key = (kind, row.code.to_string());
                self.labels.entry(key).or_insert_with(|| label.to_string());
            }
            let keys = self.ctx.keys();
            let case_ref = row
                .client_key
                .as_ref()
                .map(|key| keys.case_ref(&self.mapping.dataset, key.expose().as_bytes()));
            // Several events of one row share its identifier, so what happened is part of the key.
            let record_key = row.record.as_ref().map(|record| {
                let text = format!("{}\0{}\0{}", record.expose(), kind, row.code);
                keys.case_ref(&format!("record:{}", self.mapping.dataset), text.as_bytes()).to_string()
            });
            events.push(ImportedEvent {
                kind,
                code: row.code.to_string(),
                system: row.system.to_string(),
                area: row.area.as_deref().unwrap_or_default().to_owned(),
                from: row.from,
                to: row.to,
                case_ref,
                stratum_id: self.stratum(row.stratum.id()).unwrap_or_default(),
                n: i64::try_from(row.count).unwrap_or(i64::MAX),
                exposure: row.exposure,
                record_key,
            });
        }
        Ok(events)
    }

    fn stratum(&self, reader_id: u32) -> Option<i64> {
        let index = usize::try_from(reader_id).ok()?;
        self.strata.get(index).copied().flatten()
    }

    /// Finds or makes the ids of the combinations that are new in this piece.
    async fn strata_known(&mut self, rows: &[EventRow]) -> Result<(), ImportFailure> {
        let mut new: BTreeMap<u32, Stratum> = BTreeMap::new();
        for row in rows {
            let id = row.stratum.id();
            if self.stratum(id).is_none() && !new.contains_key(&id) {
                new.insert(id, row.stratum.values().clone());
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let tx = self.ctx.begin().await?;
        let strata: Vec<Stratum> = new.values().cloned().collect();
        let ids = evidence::strata_ids(&tx, &strata).await?;
        tx.commit().await?;
        for (reader_id, id) in new.into_keys().zip(ids) {
            let index = usize::try_from(reader_id).unwrap_or(usize::MAX);
            if self.strata.len() <= index {
                self.strata.resize(index + 1, None);
            }
            if let Some(place) = self.strata.get_mut(index) {
                *place = Some(id);
            }
        }
        Ok(())
    }
}

type Reader = tokio::task::JoinHandle<Result<ReadEnd, ImportFailure>>;

/// Starts the reading thread, at most two pieces ahead of whoever takes them.
fn read_ahead(
    ctx: &Ctx,
    source: &Source,
    mapping: &Mapping,
    bad_rows: Option<PathBuf>,
) -> (mpsc::Receiver<Piece>, Reader) {
    let (send, receive) = mpsc::channel(2);
    let (source, mapping, today) = (source.clone(), mapping.clone(), ctx.now.day());
    let reader = tokio::task::spawn_blocking(move || {
        let (file, _) = source.open()?;
        let mut rows = EventReader::open(&source.name, std::io::BufReader::new(file), &mapping, today)
            .map_err(ImportFailure::File)?;
        let mut bad = bad_rows.map(|path| BadRows::new(path, rows.header_raw()));
        let mut end = ReadEnd {
            rows: Progress::default(),
            events: 0,
            problems: vec![],
            warnings: vec![],
            bad_rows: None,
        };
        let mut piece = empty_piece();
        while let Some(row) = rows.next() {
            let row = row.map_err(ImportFailure::File)?;
            end.rows.rows_read += 1;
            match row.outcome {
                Ok(events) => {
                    end.rows.rows_good += 1;
                    end.events += events.len() as u64;
                    piece.events.extend(events);
                }
                Err(problems) => {
                    end.rows.rows_bad += 1;
                    if let Some(bad) = &mut bad {
                        bad.add(&row.raw)?;
                    }
                    for problem in &problems {
                        if end.problems.len() < PROBLEMS_KEPT {
                            let problem = problem_of(problem);
                            end.problems.push(problem.clone());
                            piece.problems.push(problem);
                        }
                    }
                }
            }
            for warning in &row.warnings {
                if end.warnings.len() < PROBLEMS_KEPT {
                    end.warnings.push(warning.to_string());
                }
            }
            if end.rows.rows_read.is_multiple_of(PIECE_ROWS) {
                piece.rows = end.rows;
                piece.bytes = rows.summary().bytes_read;
                if send.blocking_send(std::mem::replace(&mut piece, empty_piece())).is_err() {
                    return Err(ImportFailure::ReaderEnded);
                }
            }
        }
        if !end.rows.rows_read.is_multiple_of(PIECE_ROWS) {
            piece.rows = end.rows;
            piece.bytes = rows.summary().bytes_read;
            if send.blocking_send(piece).is_err() {
                return Err(ImportFailure::ReaderEnded);
            }
        }
        end.warnings.extend(rows.warnings().iter().map(ToString::to_string));
        end.bad_rows = bad.map(BadRows::finish).transpose()?.flatten();
        Ok(end)
    });
    (receive, reader)
}

fn empty_piece() -> Piece {
    Piece { rows: Progress::default(), bytes: 0, events: Vec::new(), problems: Vec::new() }
}

fn tick_of(piece: &Piece, length: u64) -> Tick {
    Tick {
        bytes: piece.bytes.min(length),
        bytes_total: length,
        rows: piece.rows.rows_read,
        rows_bad: piece.rows.rows_bad,
    }
}

fn report_of(end: ReadEnd) -> Report {
    Report {
        rows: end.rows,
        events: end.events,
        problems: end.problems,
        warnings: end.warnings,
        bad_rows: end.bad_rows,
        ..Report::default()
    }
}
