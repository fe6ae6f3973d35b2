// PEM as RFC 7468 section 3 ("strict") has it, with lines of any length: keys in log entries and annotations are often
// one long line. Text before, between and after the blocks is refused, except blank lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::trust::crypto {

struct PemBlock {
  std::string label;  // "CERTIFICATE", "PUBLIC KEY"
  Bytes der;
};

// At most `most` blocks; more is ErrorKind::limit. No block at all is malformed.
[[nodiscard]] Result<std::vector<PemBlock>> read_pem(std::string_view text, std::size_t most);

[[nodiscard]] std::string write_pem(std::string_view label, BytesView der);  // 64 columns, final newline

}  // namespace lock::trust::crypto
