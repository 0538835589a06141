#include "output/error_info.h"

namespace rocky::output {

ErrorInfo describe_error(const Error& error) {
  const ErrorSpec& spec = spec_of(error.code);
  ErrorInfo info;
  info.code = spec.id;
  info.name = spec.name;
  info.message = error.message;
  info.hint = error.hint;
  info.docs = "rocky explain " + std::string(spec.id);
  info.retryable = spec.retryable;
  info.failure_kind = name_of(spec.failure_kind);
  if (error.where) info.where = Place{error.where->file, error.where->line, error.where->column};
  info.notes = error.notes;
  return info;
}

}  // namespace rocky::output
