// What `pin` and `unpin` share: the same options, the same report of what was written and what was not.
#pragma once

#include <string>

#include "cli/commands/command.hpp"
#include "lockfile/ops/pin.hpp"

namespace lock::cli {

struct EditWords {
  std::string_view command;  // "pin"
  std::string_view done;     // "pinned"
};

void declare_edit(boost::program_options::options_description& options);

using EditDeed = Result<ops::PinResult> (*)(const ops::Opened&, const ops::Scan&, const ops::PinOptions&);
[[nodiscard]] Result<Outcome> run_edit(const boost::program_options::variables_map& values, Session& session,
                                       EditDeed deed, const EditWords& words);

// The places that were changed and those that were left, as rows and as lines.
[[nodiscard]] boost::json::array changes_json(const ops::EditingResult& result);
[[nodiscard]] boost::json::array kept_json(const ops::EditingResult& result);
[[nodiscard]] std::string changes_text(const ops::EditingResult& result, const Style& style);
[[nodiscard]] std::string kept_text(const ops::EditingResult& result, const Style& style, bool all);

}  // namespace lock::cli
