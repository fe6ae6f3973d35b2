#include "resolver/trust/budget.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <string>

namespace lock::trust {
namespace {

constexpr std::uint64_t kSmall = std::uint64_t{64} << 10;

std::unexpected<Error> over(const std::string& what, std::uint64_t most) {
  return fail(ErrorKind::limit, what + ", more than the " + std::to_string(most) + " that are read");
}

}  // namespace

std::uint64_t most_held(std::uint64_t claimed) {
  constexpr std::uint64_t beyond_any = std::uint64_t{1} << 62;  // a claim may be any number
  return std::bit_ceil(std::clamp(claimed, kSmall, beyond_any));
}

std::vector<Result<image::VerifiedBytes>> fetch_documents(std::span<const Document> documents,
                                                          image::Registry& registry) {
  std::vector<std::optional<Result<image::VerifiedBytes>>> answers(documents.size());
  std::vector<std::size_t> order(documents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return documents[i].size; });

  std::map<std::size_t, std::uint64_t> spent;                // by image
  std::map<std::uint64_t, std::vector<std::size_t>> groups;  // by cap
  for (const std::size_t i : order) {
    const Document& document = documents[i];
    if (document.size > document.most) {
      answers[i] = over("it claims " + std::to_string(document.size) + " bytes", document.most);
    } else if (spent[document.image] + document.size > most_image_bytes) {
      answers[i] = over("what is attached to the image claims too many bytes in all", most_image_bytes);
    } else {
      spent[document.image] += document.size;
      groups[most_held(document.size)].push_back(i);
    }
  }
  for (const auto& [most, members] : groups) {
    std::vector<image::Reference> ask;
    for (const std::size_t i : members) ask.push_back(documents[i].reference);
    auto fetched = registry.blobs(ask, most);
    for (std::size_t n = 0; n < members.size(); ++n) answers[members[n]] = std::move(fetched[n]);
  }
  std::vector<Result<image::VerifiedBytes>> out;
  for (auto& answer : answers) out.push_back(std::move(*answer));
  return out;
}

}  // namespace lock::trust
