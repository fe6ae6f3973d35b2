#include <algorithm>
#include <array>

#include "cli/commands/all.hpp"

namespace lock::cli {

std::span<const Command> commands() {
  // clang-format off: a row a line, so that branches which add one do not meet
  static const std::array table = {
      apply_command,
      diff_command,
      explain_command,
      export_command,
      import_command,
      init_command,
      list_command,
      merge_command,
      mirror_command,
      outdated_command,
      pin_command,
      scan_command,
      signers_command,
      unpin_command,
      update_command,
      verify_command,
      why_command,
  };
  // clang-format on
  return table;
}

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::find(commands(), name, &Command::name);
  return found == commands().end() ? nullptr : &*found;
}

int exit_status(const Report& report) {
  const auto is_error = [](const image::Finding& one) { return one.severity == image::Severity::error; };
  if (std::ranges::any_of(report.findings, is_error)) return exit_code::failed;
  return report.undetermined.empty() ? exit_code::ok : exit_code::undetermined;
}

int exit_status(const Error& error) {
  switch (error.kind) {
    case ErrorKind::usage:
    case ErrorKind::configuration: return exit_code::usage;
    case ErrorKind::mismatch:
    case ErrorKind::absent: return exit_code::failed;
    case ErrorKind::malformed:
    case ErrorKind::refused:
    case ErrorKind::unreachable:
    case ErrorKind::limit:
    case ErrorKind::unsupported:
    case ErrorKind::io: return exit_code::undetermined;
  }
  return exit_code::bug;
}

}  // namespace lock::cli
