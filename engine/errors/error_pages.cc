#include "errors/error_pages.h"

#include <algorithm>
#include <cctype>

namespace rocky {
namespace {

struct ErrorPage {
  ErrorCode code;
  std::string_view text;
};

constexpr ErrorPage kPages[] = {
    {ErrorCode::Internal,
     "Rocky found itself in a state that its authors thought impossible. Nothing was hidden:\n"
     "what was committed stays committed, and a key can be used again.\n\n"
     "Run again with -v, and report the message together with the version and the command."},
    {ErrorCode::Usage,
     "The command line could not be understood: an unknown verb or option, a missing or\n"
     "malformed value, or options that exclude one another. Nothing was read or run.\n\n"
     "`rocky VERB --help` lists what a verb takes, with two examples."},
    {ErrorCode::Io,
     "The operating system refused to read or write a file for a reason other than\n"
     "permission or space. The message names the file and the system's own words.\n\n"
     "Check that the path exists and is of the right kind, and that its disk is healthy."},
    {ErrorCode::DiskFull,
     "A file could not be written because its file system is full or a quota is used up. The\n"
     "transaction was rolled back; nothing is half written.\n\n"
     "Make room, then repeat the same command; with a key, finished work is not repeated."},
    {ErrorCode::PermissionDenied,
     "The operating system or a store refused access. Rocky needs to write the directory of\n"
     "the state file (beside rocky.toml unless --state-path says otherwise) and the target.\n\n"
     "Correct the owner or mode of the file named, the credentials, or choose --state-path."},
    {ErrorCode::NotFound,
     "Something named on the command line does not exist: a file, a key, a topic.\n\n"
     "Check the spelling; the message says what was looked for and where."},
    {ErrorCode::Interrupted,
     "A signal (Ctrl-C, SIGTERM, SIGHUP) ended the command. Open transactions were rolled back,\n"
     "tables already committed stay, and a key is free again.\n\n"
     "Run the same command with the same key to do the rest."},
    {ErrorCode::NotSupportedYet,
     "The configuration or the command asks for something that this version does not do.\n\n"
     "Remove the setting named in the message, or use a version that has it."},
    {ErrorCode::Timeout,
     "A time limit passed before the work was done. What was committed stays.\n\n"
     "Repeat with the same key to do the rest, or raise the limit named in the message."},
    {ErrorCode::JsonInvalid,
     "A document that should be JSON is not, or does not have the fields its reader needs. The\n"
     "message names the byte or the field, and the cause.\n\n"
     "Correct the document; if Rocky wrote it, restore the file or remove it to have it rebuilt."},
    {ErrorCode::FileTooLarge,
     "A file is larger than anything Rocky expects to read there, so it was not read.\n\n"
     "Check that the path named in the message is the file that was meant."},
    {ErrorCode::ConfigNotFound,
     "There is no rocky.toml where it was looked for: in the current directory, unless\n"
     "--config PATH or ROCKY_CONFIG names another.\n\n"
     "Change directory, pass --config, or make a sample project with `rocky playground DIR`."},
    {ErrorCode::ConfigSyntax,
     "rocky.toml is not valid TOML at the place shown. Frequent causes: an unclosed quote, a\n"
     "key given twice, a table header inside another.\n\n"
     "Correct the line and run `rocky validate`."},
    {ErrorCode::ConfigUnknownKey,
     "rocky.toml holds a key that Rocky does not know in that table. Unknown keys are\n"
     "refused, so that a misspelt setting is never silently without effect.\n\n"
     "Correct the spelling (the message proposes the nearest key) or remove it."},
    {ErrorCode::ConfigType,
     "A value in rocky.toml has another type than its key needs, for example text where a\n"
     "number is expected.\n\n"
     "Correct the value; the message names the type."},
    {ErrorCode::ConfigValue,
     "A value in rocky.toml has the right type but is outside of what is allowed, or\n"
     "contradicts another setting.\n\n"
     "Correct the value; the message names the allowed ones."},
    {ErrorCode::ConfigMissing,
     "rocky.toml lacks a key or a table that is needed here.\n\n"
     "Add it; the message names it and the table it belongs to."},
    {ErrorCode::VariableNotSet,
     "rocky.toml or a model refers to ${NAME}, which is neither set nor has a default.\n\n"
     "Set the environment variable, pass --var NAME=VALUE for ${var:NAME}, or write\n"
     "${NAME:-default}."},
    {ErrorCode::ModelInvalid,
     "A model's settings (its sidecar or front matter) cannot be used: a key is missing,\n"
     "unknown or wrong.\n\n"
     "Correct the place shown, then run `rocky compile`."},
    {ErrorCode::ModelNotFound,
     "A model is referred to that does not exist: by --model, by depends_on, or in a\n"
     "directory that is missing.\n\n"
     "Check the name; `rocky compile` lists the models found."},
    {ErrorCode::ModelCycle,
     "Models read one another in a circle, so none of them can be built first. The message\n"
     "shows the circle.\n\n"
     "Remove one of the references, or read the earlier state of a table through a source."},
    {ErrorCode::ModelDuplicate,
     "Two models have the same name or write the same table, so the result would depend on\n"
     "their order.\n\n"
     "Rename one of them, or change its [target]."},
    {ErrorCode::ModelSql,
     "A model's SQL could not be parsed. Rocky reads it to learn which tables it needs.\n\n"
     "Correct the SQL at the place shown. A model file holds exactly one SELECT."},
    {ErrorCode::StoreUnavailable,
     "The state store could not be reached; nothing was sent, so nothing has happened.\n\n"
     "Try again with the same key. If it persists, check network, endpoint and credentials."},
    {ErrorCode::StoreCorrupt,
     "The state file or a value in it cannot be read. Rocky never overwrites what it cannot\n"
     "read.\n\n"
     "Restore the file from a backup, or move it aside and start afresh: what was committed\n"
     "in stamped targets is known there, so keys are still not repeated."},
    {ErrorCode::StoreNewer,
     "The state was written by a newer version of Rocky, named in the message, in a format\n"
     "that this one does not know.\n\n"
     "Use that version or a later one, or another --state-path."},
    {ErrorCode::StoreForeign,
     "The file at the state path is not a state file of this engine; it may be one of the\n"
     "Rust engine (redb) or any other file. It was not touched.\n\n"
     "Choose another --state-path, or pass --import-fresh-state to move it aside and begin\n"
     "anew."},
    {ErrorCode::StoreTooLarge,
     "A value is larger than a store takes (1 MiB).\n\n"
     "Make the key or the run's record smaller, for example by selecting fewer tables."},
    {ErrorCode::StoreRefused,
     "The state store cannot give the guarantees that keys need, or is configured so that it\n"
     "may lose what it acknowledged. The message names the check that failed.\n\n"
     "Use another store or configuration, or accept the risk with the setting the message\n"
     "names."},
    {ErrorCode::StoreBusy,
     "The state file was locked by another process for longer than Rocky waits. Nothing has\n"
     "happened.\n\n"
     "Try again with the same key."},
    {ErrorCode::RunNotRecorded,
     "The run did its work, but the store did not take its record, and with\n"
     "`on_upload_failure = \"fail\"` that is a failure. What was committed stays. A key is free\n"
     "again.\n\n"
     "Mend what the message names and repeat with the same key: nothing is repeated, and the\n"
     "record is written. With `on_upload_failure = \"skip\"` it is kept on the host until the "
     "store\n"
     "takes it."},
    {ErrorCode::KeyConflict,
     "This idempotency key was used for a different request: another pipeline, selection or\n"
     "target. A key stands for one piece of work, so nothing was run. The message names the\n"
     "parts that differ.\n\n"
     "Use another key for other work. If the old key really should mean the new request,\n"
     "free it with `rocky state claims release KEY --rerun --reason TEXT`."},
    {ErrorCode::ClaimUnknown,
     "The store did not answer whether it took our claim, and could not be asked. Nothing\n"
     "was run.\n\n"
     "Try again with the same key."},
    {ErrorCode::LeaseLost,
     "This run stopped being the owner of its key: it was silent for too long, or an\n"
     "operator released the key. It stopped before its next commit. Another run may have\n"
     "taken over.\n\n"
     "Try again with the same key: either the other run did the work, or the rest is done\n"
     "now."},
    {ErrorCode::RecordUnreadable,
     "The record of this key is damaged. Rocky neither guesses nor overwrites; other keys\n"
     "are not affected.\n\n"
     "Look at it with `rocky state claims show KEY`, then `rocky state claims repair KEY\n"
     "--reason TEXT`; the damaged bytes are kept aside."},
    {ErrorCode::RecordNewer,
     "The record of this key was written by a newer version in a way that this one must not\n"
     "act on.\n\n"
     "Upgrade Rocky on this host."},
    {ErrorCode::InFlight,
     "Another run holds this key and is alive, and this call was told to fail instead of\n"
     "skipping.\n\n"
     "Wait for it (`--on-in-flight wait`), try again later, or look with `rocky state claims\n"
     "show KEY`."},
    {ErrorCode::Unproven,
     "It cannot be proved whether an earlier attempt took effect on a target that does not\n"
     "carry our stamps, and on_unproven = \"refuse\" asks to stop then. Or `rocky state verify`\n"
     "found keys on record as succeeded that their target, perhaps restored, does not prove.\n\n"
     "Check the target by hand, then `rocky state claims release KEY --reason TEXT`, with\n"
     "--rerun to repeat everything."},
    {ErrorCode::PlanChanged,
     "Units that are already done under this key have other SQL now, and on_plan_change =\n"
     "\"fail\" asks to stop then.\n\n"
     "Use a new key, or `rocky state claims release KEY --rerun --reason TEXT` to run\n"
     "everything again."},
    {ErrorCode::NotRecorded,
     "The work is done, but the store could not be told. The outcome waits in the spool of\n"
     "this host and is delivered by the next command; until then a retry elsewhere finds the\n"
     "work in the target.\n\n"
     "Nothing is lost. Run the same command again, or `rocky state drain` when the store is\n"
     "back."},
    {ErrorCode::KeyFailedBefore,
     "A run under this key failed, and dedup_on = \"any\" says that a failure uses the key up.\n\n"
     "Use a new key, or free this one with `rocky state claims release KEY --reason TEXT`."},
    {ErrorCode::ClaimLive,
     "The key is held by a run that is alive. Taking it away could make two runs work at\n"
     "once.\n\n"
     "Stop that run, or pass --steal if you know that it is gone. A lock held on this\n"
     "machine cannot be stolen: end the process whose id is shown."},
    {ErrorCode::TargetBusy,
     "Another process has the target open; a DuckDB file belongs to one process at a time. On\n"
     "a server, another session holds what this run must change before it begins. Nothing was\n"
     "run, and the key is free.\n\n"
     "Close the program named in the message, or wait for a file with --lock-timeout SECONDS.\n"
     "A session of a server is ended by who may do so: the hint says how."},
    {ErrorCode::TargetUnavailable,
     "The target or source could not be opened or reached, or was lost during the run. What was\n"
     "committed before stays; what was not is rolled back.\n\n"
     "Check the adapter's path or address in rocky.toml, then try again; with the same key, only\n"
     "what is missing is run."},
    {ErrorCode::SqlRejected,
     "The warehouse refused a statement. Its transaction was rolled back; other tables are\n"
     "not affected.\n\n"
     "The message is the warehouse's own. Correct the SQL or the data and repeat; with the\n"
     "same key, only what is missing is run."},
    {ErrorCode::SqlConflict,
     "Two transactions changed the same data, and this one lost more often than Rocky tries.\n\n"
     "Try again; if it persists, lower the pipeline's concurrency."},
    {ErrorCode::OutOfMemory,
     "The warehouse ran out of the memory it may use; the transaction was rolled back.\n\n"
     "Raise memory_limit of the adapter, give it a temp_directory, or lower the concurrency."},
    {ErrorCode::CommitUnknown,
     "The connection broke while a transaction was being committed, and it could not be\n"
     "learnt whether it was.\n\n"
     "Repeat with the same key: the stamps in the target tell, and nothing is done twice."},
    {ErrorCode::LibraryMissing,
     "A library that is loaded on first use is missing or has another version than Rocky\n"
     "needs.\n\n"
     "Install it beside the executable as the message says; `./dev setup` does so in a\n"
     "source tree."},
    {ErrorCode::TargetCorrupt,
     "The target's file is damaged, or is not a database at all. Rocky did not change it.\n\n"
     "Restore it from a backup, or name another path in rocky.toml."},
    {ErrorCode::IdentifierInvalid,
     "A catalog, schema, table or column name holds something other than letters, digits and\n"
     "underscores.\n\n"
     "Correct the name or the template that produced it."},
    {ErrorCode::DuplicateKeys,
     "A merge needs to know which row of the target each row of the query belongs to, and the\n"
     "query returned two rows with the same unique_key. NULL counts as a value here. Which of\n"
     "them is right is not guessed; the model's transaction was rolled back.\n\n"
     "Let the query return one row for each key, e.g. those whose\n"
     "row_number() OVER (PARTITION BY key ORDER BY updated_at DESC) is 1,\n"
     "or add the column in which the rows differ to unique_key."},
    {ErrorCode::SchemaChanged,
     "An incremental or merge model's query returns columns that its table cannot take without\n"
     "losing rows built earlier: a type that is not wider than the old one, or a new column in\n"
     "the unique key or the timestamp column. Nothing was changed.\n\n"
     "Cast the column to its old type, or build the table anew with --full-refresh."},
    {ErrorCode::TablesFailed,
     "Some tables or models of the run failed; the others are committed. The document lists\n"
     "each error.\n\n"
     "Correct the cause and repeat with the same key: only the rest is run. Without a key all of\n"
     "it is run again."},
    {ErrorCode::AllTablesFailed,
     "Every table or model of the run failed; nothing was changed. The document lists each\n"
     "error.\n\n"
     "Correct the cause and repeat."},
    {ErrorCode::PipelineNotFound,
     "No pipeline of that name is in rocky.toml, or there is none at all.\n\n"
     "Check --pipeline; the message lists those that exist."},
    {ErrorCode::PipelineAmbiguous,
     "rocky.toml holds several pipelines and the command does not say which.\n\n"
     "Pass --pipeline NAME."},
    {ErrorCode::ChecksFailed,
     "The data was written, but checks of severity error failed and the pipeline says that\n"
     "this fails the run.\n\n"
     "Look at check_results. Correct the data at its source, or the check."},
    {ErrorCode::BudgetExceeded,
     "The run was more expensive or took longer than [budget] allows, and on_breach =\n"
     "\"error\".\n\n"
     "The data is committed. Raise the limit or select less."},
    {ErrorCode::RunNotFound,
     "No run of that id is on record here.\n\n"
     "`rocky history` lists runs. Records older than history_retention_days are removed."},
    {ErrorCode::ValidateParsed,
     "rocky.toml was read: it is valid TOML, every key is known and every value in its range.\n\n"
     "Nothing is to be done."},
    {ErrorCode::ValidateAdapter,
     "An adapter has what its type needs, or rocky.toml has no adapter at all.\n\n"
     "Without one, nothing can be read or written: add [adapter] with type = \"duckdb\"."},
    {ErrorCode::ValidateHost,
     "An adapter lacks the host that its type needs.\n\n"
     "Add `host` to it."},
    {ErrorCode::ValidateHttpPath,
     "An adapter lacks the http_path that its type needs.\n\n"
     "Add `http_path` to it."},
    {ErrorCode::ValidateCredentials,
     "An adapter has no credentials: no token, password, key or client secret.\n\n"
     "Add the ones its type takes, from the environment: token = \"${TOKEN}\"."},
    {ErrorCode::ValidateDestination,
     "An adapter lacks the destination_id that its type needs.\n\n"
     "Add `destination_id` to it."},
    {ErrorCode::ValidateApiKey,
     "An adapter lacks api_key or api_secret, which its type needs.\n\n"
     "Add both, from the environment."},
    {ErrorCode::ValidateAccount,
     "An adapter lacks the account or project that its type needs.\n\n"
     "Add `account` or `project_id` to it."},
    {ErrorCode::ValidateAdapterType,
     "An adapter has a type that this version does not have. It is read, and refused when a\n"
     "pipeline uses it.\n\n"
     "Check the spelling, or choose duckdb."},
    {ErrorCode::ValidatePipeline,
     "A pipeline is whole, or rocky.toml has no pipeline at all.\n\n"
     "Without one, there is nothing to run: add [pipeline.NAME]."},
    {ErrorCode::ValidateSource,
     "A pipeline's source names an adapter that rocky.toml does not have.\n\n"
     "Correct source.adapter, or add the adapter."},
    {ErrorCode::ValidateTarget,
     "A pipeline's target names an adapter that rocky.toml does not have.\n\n"
     "Correct target.adapter, or add the adapter."},
    {ErrorCode::ValidateDiscovery,
     "A pipeline's discovery names an adapter that rocky.toml does not have.\n\n"
     "Correct source.discovery.adapter, or add the adapter."},
    {ErrorCode::ValidateModelsMissing,
     "The directory of a transformation's models does not exist.\n\n"
     "Make it beside rocky.toml, or correct `models`."},
    {ErrorCode::ValidateNoTables,
     "A quality pipeline has no tables, so it checks nothing.\n\n"
     "Add [[pipeline.NAME.tables]]."},
    {ErrorCode::ValidateChecksOff,
     "A quality pipeline's checks are not enabled, so it checks nothing.\n\n"
     "Set enabled = true in [pipeline.NAME.checks]."},
    {ErrorCode::ValidateDependsOn,
     "A pipeline's depends_on names a pipeline that rocky.toml does not have.\n\n"
     "Correct the name; the message proposes the nearest."},
    {ErrorCode::ValidateModels,
     "The models of a transformation were read, or could not be.\n\n"
     "Correct the file that the message names; `rocky compile` shows each model."},
    {ErrorCode::ValidateGraph,
     "Pipelines or models have an order in which they can run, or need one another in a circle.\n\n"
     "Remove one of the references that the message lists."},
    {ErrorCode::ValidateKindMissing,
     "An adapter's type only discovers sources, and the adapter does not say so.\n\n"
     "Add kind = \"discovery\" to it."},
    {ErrorCode::ValidateKind,
     "An adapter is used for what its type or its `kind` excludes: moving data, or discovery.\n\n"
     "Correct the adapter's `kind`, or name another adapter."},
    {ErrorCode::ValidateCatalog,
     "A target's catalog is not the name of its DuckDB database. DuckDB names a database after\n"
     "its file, up to the first dot; tables in any other catalog cannot be written.\n\n"
     "Set catalog_template to the name in the message."},
    {ErrorCode::LintName,
     "A model's `name` repeats the name of its file.\n\n"
     "Remove it; the file's name is the default."},
    {ErrorCode::LintTable,
     "A model's target.table repeats the model's name.\n\n"
     "Remove it; the model's name is the default."},
    {ErrorCode::LintTarget,
     "Three models or more of one directory have the same catalog and schema.\n\n"
     "Put both into [target] of _defaults.toml in that directory."},
    {ErrorCode::LintBackend,
     "backend = \"local\" is the default.\n\n"
     "Remove it."},
    {ErrorCode::LintAutoCreate,
     "auto_create_catalogs or auto_create_schemas = false is the default.\n\n"
     "Remove it."},
    {ErrorCode::LintAdapter,
     "There is one adapter, named `default`, and a pipeline names it.\n\n"
     "Remove the reference; it is the default."},
    {ErrorCode::LintContract,
     "A model has a contract beside it, which `run` takes into account without being asked.\n\n"
     "Nothing, unless that is not wanted: then move the contract."},
};

}  // namespace

std::string_view page_of(ErrorCode code) {
  const auto* page = std::find_if(std::begin(kPages), std::end(kPages),
                                  [code](const ErrorPage& entry) { return entry.code == code; });
  return page == std::end(kPages) ? std::string_view{} : page->text;
}

std::optional<ErrorCode> find_error(std::string_view text) {
  const auto same = [text](std::string_view name) {
    return std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) ==
             std::tolower(static_cast<unsigned char>(b));
    });
  };
  for (const ErrorSpec& spec : all_errors()) {
    if (same(spec.id) || same(spec.name)) return spec.code;
  }
  return std::nullopt;
}

}  // namespace rocky
