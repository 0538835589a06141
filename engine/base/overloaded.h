#pragma once

namespace rocky {

/// One overload for each alternative of a variant: `std::visit(Overloaded{…}, value)`.
template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace rocky
