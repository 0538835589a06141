#pragma once

#include <libpq-fe.h>

#include <memory>

#include "errors/error.h"

namespace rocky::warehouse::postgres {

// X(name without `PQ`)
#define ROCKY_PQ_FUNCTIONS(X) \
  X(connectStartParams)       \
  X(connectPoll)              \
  X(connectionNeedsPassword)  \
  X(finish)                   \
  X(status)                   \
  X(socket)                   \
  X(errorMessage)             \
  X(setErrorVerbosity)        \
  X(setNoticeProcessor)       \
  X(serverVersion)            \
  X(backendPID)               \
  X(getCancel)                \
  X(freeCancel)               \
  X(cancel)                   \
  X(sendQueryParams)          \
  X(consumeInput)             \
  X(isBusy)                   \
  X(getResult)                \
  X(clear)                    \
  X(resultStatus)             \
  X(resultErrorField)         \
  X(cmdStatus)                \
  X(ntuples)                  \
  X(nfields)                  \
  X(fname)                    \
  X(ftype)                    \
  X(fmod)                     \
  X(getisnull)                \
  X(getvalue)                 \
  X(getlength)

/// The functions of libpq, resolved.
struct Api {
#define ROCKY_PQ_POINTER(name) decltype(&::PQ##name) name;
  ROCKY_PQ_FUNCTIONS(ROCKY_PQ_POINTER)
#undef ROCKY_PQ_POINTER
};

/// Loads libpq on the first call. `LibraryMissing` when it is not there. Safe from several threads.
Result<const Api*> load_api();

/// A handle of libpq with the function that releases it.
template <class Handle>
using Owned = std::unique_ptr<Handle, void (*)(Handle*)>;

}  // namespace rocky::warehouse::postgres
