#pragma once

#include <optional>
#include <string>

#include "errors/error.h"
#include "output/documents.h"
#include "output/pages.h"
#include "output/text_page.h"

namespace rocky::commands {

/// What a command has to say, in every form in which it may be asked for.
struct Reply {
  std::string json;       ///< The document, indented.
  std::string json_line;  ///< The same on one line.
  output::Page page;
  std::optional<Error> error;  ///< Why it failed; shown on stderr, part of the document.
  int exit_code = 0;
};

template <class T>
Reply reply_with(const T& document) {
  return {output::json_of(document, output::JsonForm::Indented),
          output::json_of(document, output::JsonForm::OneLine), output::page_of(document),
          std::nullopt, 0};
}

/// The same for a document that tells of a failure, which also decides the exit code.
template <class T>
Reply reply_with(const T& document, Error error) {
  Reply reply = reply_with(document);
  reply.exit_code = spec_of(error.code).exit_code;
  reply.error = std::move(error);
  return reply;
}

}  // namespace rocky::commands
