#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rocky {

/// What a caller can do about an error. Add a kind only where some caller would act differently.
enum class ErrorKind {
  Invalid,         ///< Fix configuration, SQL or arguments; retrying cannot help.
  Unavailable,     ///< Nothing happened; retry with back-off.
  OutcomeUnknown,  ///< It may have happened; read back before anything else.
  Unsupported,     ///< Choose another backend or option.
  Corrupt,         ///< Stop; never overwrite; tell a person.
};

/// How orchestrators sort failures. The wire names are those of the published Python SDK.
enum class FailureKind {
  ConnectionFailed,
  AuthFailed,
  QueryRejected,
  Transient,
  QuotaExceeded,
  NotFound,
  CompileError,
  Unknown,
};

// X(Code, "id", "wire_name", kind, exit code, retryable, failure kind)
//
// The one table of errors. Ids and wire names are output: add rows, never change or reuse one.
// R00 general, R01 configuration, R02 models, R03 state store and files, R04 keys, R05 targets,
// R06 runs, R07 plans and other commands; V and L are the messages of `rocky validate`.
// Exit codes are those of `rocky help exit-codes`.
// clang-format off
#define ROCKY_ERRORS(X)                                                                              \
  X(Internal, "R0001", "internal", Corrupt, 1, false, Unknown)                                       \
  X(Usage, "R0002", "usage", Invalid, 2, false, Unknown)                                             \
  X(Io, "R0003", "io", Unavailable, 1, false, Unknown)                                               \
  X(DiskFull, "R0004", "disk_full", Unavailable, 1, true, QuotaExceeded)                             \
  X(PermissionDenied, "R0005", "permission", Invalid, 1, false, AuthFailed)                          \
  X(NotFound, "R0006", "not_found", Invalid, 1, false, NotFound)                                     \
  X(Interrupted, "R0007", "interrupted", Unavailable, 130, true, Transient)                          \
  X(NotSupportedYet, "R0008", "not_supported", Unsupported, 1, false, Unknown)                       \
  X(Timeout, "R0009", "timeout", Unavailable, 75, true, Transient)                                   \
  X(JsonInvalid, "R0010", "json_invalid", Invalid, 1, false, Unknown)                                \
  X(FileTooLarge, "R0011", "file_too_large", Invalid, 1, false, Unknown)                             \
                                                                                                     \
  X(ConfigNotFound, "R0101", "config_not_found", Invalid, 1, false, NotFound)                        \
  X(ConfigSyntax, "R0102", "config_syntax", Invalid, 1, false, CompileError)                         \
  X(ConfigUnknownKey, "R0103", "config_unknown_key", Invalid, 1, false, CompileError)                \
  X(ConfigType, "R0104", "config_type", Invalid, 1, false, CompileError)                             \
  X(ConfigValue, "R0105", "config_value", Invalid, 1, false, CompileError)                           \
  X(ConfigMissing, "R0106", "config_missing", Invalid, 1, false, CompileError)                       \
  X(VariableNotSet, "R0107", "variable_not_set", Invalid, 1, false, CompileError)                    \
                                                                                                     \
  X(ModelInvalid, "R0201", "model_invalid", Invalid, 1, false, CompileError)                         \
  X(ModelNotFound, "R0202", "model_not_found", Invalid, 1, false, NotFound)                          \
  X(ModelCycle, "R0203", "model_cycle", Invalid, 1, false, CompileError)                             \
  X(ModelDuplicate, "R0204", "model_duplicate", Invalid, 1, false, CompileError)                     \
  X(ModelSql, "R0205", "model_sql", Invalid, 1, false, CompileError)                                 \
                                                                                                     \
  X(StoreUnavailable, "R0301", "unavailable", Unavailable, 75, true, ConnectionFailed)               \
  X(StoreCorrupt, "R0302", "state_corrupt", Corrupt, 1, false, Unknown)                              \
  X(StoreNewer, "R0303", "state_newer", Corrupt, 1, false, Unknown)                                  \
  X(StoreForeign, "R0304", "state_foreign", Corrupt, 1, false, Unknown)                              \
  X(StoreTooLarge, "R0305", "value_too_large", Invalid, 1, false, Unknown)                           \
  X(StoreRefused, "R0306", "state_refused", Unsupported, 1, false, Unknown)                          \
  X(StoreBusy, "R0307", "state_busy", Unavailable, 75, true, Transient)                              \
  X(RunNotRecorded, "R0308", "run_not_recorded", Unavailable, 1, true, Unknown)                      \
                                                                                                     \
  X(KeyConflict, "R0421", "key_conflict", Invalid, 1, false, QueryRejected)                          \
  X(ClaimUnknown, "R0422", "claim_unknown", OutcomeUnknown, 75, true, Transient)                     \
  X(LeaseLost, "R0423", "lease_lost", Unavailable, 75, true, Transient)                              \
  X(RecordUnreadable, "R0424", "record_unreadable", Corrupt, 1, false, Unknown)                      \
  X(RecordNewer, "R0425", "record_newer", Corrupt, 1, false, Unknown)                                \
  X(InFlight, "R0426", "in_flight", Unavailable, 75, true, Transient)                                \
  X(Unproven, "R0427", "unproven", OutcomeUnknown, 1, false, Unknown)                                \
  X(PlanChanged, "R0428", "plan_changed", Invalid, 1, false, QueryRejected)                          \
  X(NotRecorded, "R0429", "not_recorded", OutcomeUnknown, 76, true, Transient)                       \
  X(KeyFailedBefore, "R0430", "key_failed_before", Invalid, 1, false, Unknown)                       \
  X(ClaimLive, "R0431", "claim_live", Invalid, 1, false, Unknown)                                    \
                                                                                                     \
  X(TargetBusy, "R0501", "target_busy", Unavailable, 75, true, ConnectionFailed)                     \
  X(TargetUnavailable, "R0502", "target_unavailable", Unavailable, 1, true, ConnectionFailed)        \
  X(SqlRejected, "R0503", "sql_rejected", Invalid, 1, false, QueryRejected)                          \
  X(SqlConflict, "R0504", "sql_conflict", Unavailable, 1, true, Transient)                           \
  X(OutOfMemory, "R0505", "out_of_memory", Unavailable, 1, false, QuotaExceeded)                     \
  X(CommitUnknown, "R0506", "commit_unknown", OutcomeUnknown, 75, true, Transient)                   \
  X(LibraryMissing, "R0507", "library_missing", Unsupported, 1, false, Unknown)                      \
  X(TargetCorrupt, "R0508", "target_corrupt", Corrupt, 1, false, Unknown)                            \
  X(IdentifierInvalid, "R0509", "identifier_invalid", Invalid, 1, false, CompileError)               \
  X(DuplicateKeys, "R0510", "duplicate_keys", Invalid, 1, false, QueryRejected)                      \
  X(SchemaChanged, "R0511", "schema_changed", Invalid, 1, false, QueryRejected)                      \
                                                                                                     \
  X(TablesFailed, "R0601", "tables_failed", Unavailable, 2, true, Unknown)                           \
  X(AllTablesFailed, "R0602", "all_tables_failed", Unavailable, 1, true, Unknown)                    \
  X(PipelineNotFound, "R0603", "pipeline_not_found", Invalid, 1, false, NotFound)                    \
  X(PipelineAmbiguous, "R0604", "pipeline_ambiguous", Invalid, 1, false, Unknown)                    \
  X(ChecksFailed, "R0605", "check_gate_failed", Invalid, 2, false, Unknown)                          \
  X(BudgetExceeded, "R0606", "budget_exceeded", Invalid, 1, false, QuotaExceeded)                    \
  X(RunNotFound, "R0607", "run_not_found", Invalid, 1, false, NotFound)                              \
                                                                                                     \
  X(ValidateParsed, "V001", "validate_parsed", Invalid, 1, false, CompileError)                      \
  X(ValidateAdapter, "V010", "validate_adapter", Invalid, 1, false, CompileError)                    \
  X(ValidateHost, "V011", "validate_adapter_host", Invalid, 1, false, CompileError)                  \
  X(ValidateHttpPath, "V012", "validate_adapter_http_path", Invalid, 1, false, CompileError)         \
  X(ValidateCredentials, "V013", "validate_adapter_credentials", Invalid, 1, false, CompileError)    \
  X(ValidateDestination, "V014", "validate_adapter_destination", Invalid, 1, false, CompileError)    \
  X(ValidateApiKey, "V015", "validate_adapter_api_key", Invalid, 1, false, CompileError)             \
  X(ValidateAccount, "V016", "validate_adapter_account", Invalid, 1, false, CompileError)            \
  X(ValidateAdapterType, "V017", "validate_adapter_type", Unsupported, 1, false, CompileError)       \
  X(ValidatePipeline, "V020", "validate_pipeline", Invalid, 1, false, CompileError)                  \
  X(ValidateSource, "V022", "validate_source_adapter", Invalid, 1, false, CompileError)              \
  X(ValidateTarget, "V023", "validate_target_adapter", Invalid, 1, false, CompileError)              \
  X(ValidateDiscovery, "V024", "validate_discovery_adapter", Invalid, 1, false, CompileError)        \
  X(ValidateModelsMissing, "V025", "validate_models_missing", Invalid, 1, false, CompileError)       \
  X(ValidateNoTables, "V026", "validate_no_tables", Invalid, 1, false, CompileError)                 \
  X(ValidateChecksOff, "V027", "validate_checks_off", Invalid, 1, false, CompileError)               \
  X(ValidateDependsOn, "V029", "validate_depends_on", Invalid, 1, false, CompileError)               \
  X(ValidateModels, "V030", "validate_models", Invalid, 1, false, CompileError)                      \
  X(ValidateGraph, "V031", "validate_graph", Invalid, 1, false, CompileError)                        \
  X(ValidateKindMissing, "V032", "validate_kind_missing", Invalid, 1, false, CompileError)           \
  X(ValidateKind, "V033", "validate_kind", Invalid, 1, false, CompileError)                          \
  X(ValidateCatalog, "V034", "validate_catalog", Invalid, 1, false, CompileError)                    \
  X(LintName, "L001", "lint_redundant_name", Invalid, 1, false, CompileError)                        \
  X(LintTable, "L002", "lint_redundant_table", Invalid, 1, false, CompileError)                      \
  X(LintTarget, "L003", "lint_repeated_target", Invalid, 1, false, CompileError)                     \
  X(LintBackend, "L004", "lint_redundant_backend", Invalid, 1, false, CompileError)                  \
  X(LintAutoCreate, "L006", "lint_redundant_auto_create", Invalid, 1, false, CompileError)           \
  X(LintAdapter, "L007", "lint_redundant_adapter", Invalid, 1, false, CompileError)                  \
  X(LintContract, "L008", "lint_contract", Invalid, 1, false, CompileError)
// clang-format on

/// Names one row of the table.
enum class ErrorCode : std::uint16_t {
#define ROCKY_ERROR_ENUMERATOR(code, ...) code,
  ROCKY_ERRORS(ROCKY_ERROR_ENUMERATOR)
#undef ROCKY_ERROR_ENUMERATOR
};

/// One row of the table; lives as long as the program.
struct ErrorSpec {
  ErrorCode code;
  std::string_view id;    ///< As printed: `R0421`.
  std::string_view name;  ///< As in JSON: `key_conflict`.
  ErrorKind kind;
  int exit_code;
  bool retryable;  ///< Trying again later, unchanged, may work.
  FailureKind failure_kind;
};

const ErrorSpec& spec_of(ErrorCode code);
std::span<const ErrorSpec> all_errors();

/// The wire name, e.g. `query-rejected`.
std::string_view name_of(FailureKind kind);

}  // namespace rocky
