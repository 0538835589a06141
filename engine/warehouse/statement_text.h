#pragma once

#include <string>
#include <string_view>

namespace rocky::warehouse {

/// Whether a statement may name a password, a token or an address that holds one, so that no part
/// of it belongs into a message.
bool may_hold_secret(std::string_view sql);

/// The line of a statement in which a character stands (counted from 1), with a caret below it, on
/// lines of their own; empty when the statement has no such character.
std::string excerpt_at(std::string_view sql, int character);

}  // namespace rocky::warehouse
