#include "resolver/trust/crypto/pem.hpp"

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"

namespace lock::trust::crypto {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::malformed, "not a PEM text: " + std::string(what));
}

// Takes one line off the front of `rest`, without its end.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return base::trim(line);
}

// What stands between the dashes of a boundary line, empty when it is none.
std::string_view label_of(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix) || !line.ends_with(kDashes) || line.size() <= prefix.size() + kDashes.size()) return {};
  return line.substr(prefix.size(), line.size() - prefix.size() - kDashes.size());
}

}  // namespace

Result<std::vector<PemBlock>> read_pem(std::string_view text, std::size_t most) {
  std::vector<PemBlock> out;
  while (!base::trim(text).empty()) {
    const std::string_view first = take_line(text);
    if (first.empty()) continue;
    const std::string_view label = label_of(first, kBegin);
    if (label.empty()) return malformed("text outside a block");
    if (out.size() == most) {
      return fail(ErrorKind::limit, "more than " + base::count_of(most, "PEM block") + " where that many are expected");
    }
    std::string body;
    for (;;) {
      if (text.empty()) return malformed("the block " + std::string(label) + " does not end");
      const std::string_view line = take_line(text);
      if (line.starts_with(kEnd)) {
        if (label_of(line, kEnd) != label)
          return malformed("the block begins as " + std::string(label) + " and ends otherwise");
        break;
      }
      body += line;
    }
    auto der = base::from_base64(body);
    if (!der || der->empty()) return malformed("the block " + std::string(label) + " is not base64");
    out.push_back({std::string(label), std::move(*der)});
  }
  if (out.empty()) return malformed("no block");
  return out;
}

std::string write_pem(std::string_view label, BytesView der) {
  std::string out = std::string(kBegin) + std::string(label) + std::string(kDashes) + "\n";
  const std::string body = base::to_base64(der);
  for (std::size_t i = 0; i < body.size(); i += 64) out += body.substr(i, 64) + "\n";
  return out + std::string(kEnd) + std::string(label) + std::string(kDashes) + "\n";
}

}  // namespace lock::trust::crypto
