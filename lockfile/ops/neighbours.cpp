#include "lockfile/ops/neighbours.hpp"

#include <algorithm>

#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

constexpr std::size_t kMostNeighbour = std::size_t{16} << 20;
constexpr std::size_t kMostTogether = std::size_t{64} << 20;

}  // namespace

Result<NeighbourReader> NeighbourReader::of(const tree::Listing& listing) {
  auto descent = tree::Descent::at(listing.root);
  if (!descent) return std::unexpected(std::move(descent.error()));
  return NeighbourReader(listing, std::move(*descent));
}

void NeighbourReader::read(std::string_view path, std::size_t most, tree::Contents& contents) {
  tree::Opening opening;
  {
    const std::lock_guard guard(place_->mutex);
    opening = place_->descent.open(path);
  }
  contents.outcome = opening.outcome;
  contents.error_number = opening.error_number;
  if (opening.outcome == tree::Outcome::opened) tree::read_contents(opening, most, contents);
}

const collect::SourceText* Neighbours::find(std::string_view path) const {
  if (!reader_.lists(path)) return nullptr;
  const auto [slot, fresh] = read_.try_emplace(std::string(path), nullptr);
  if (!fresh) return slot->second.get();
  const std::size_t most = std::min(kMostNeighbour, kMostTogether - bytes_);
  tree::Contents contents;
  reader_.read(path, most, contents);
  if (contents.outcome == tree::Outcome::gone) return nullptr;
  if (contents.outcome == tree::Outcome::too_large && most < kMostNeighbour) {
    unread_.emplace(path, "would make more than " + std::to_string(kMostTogether) + " bytes of neighbours");
  } else if (contents.outcome != tree::Outcome::opened) {
    unread_.emplace(path, tree::reason_of(contents.outcome, contents.error_number, kMostNeighbour));
  } else {
    bytes_ += contents.bytes.size();
    slot->second = std::make_unique<collect::SourceText>(std::string(path), std::move(contents.bytes));
  }
  return slot->second.get();
}

std::vector<image::Problem> Neighbours::problems(const std::string& file) const {
  std::vector<image::Problem> out;
  for (const auto& [path, why] : unread_) {
    image::Problem problem;
    problem.check = "unreadable-file";
    problem.message = "this file refers to " + base::harmless(path, 200) + ", which " + why;
    problem.hint = "what it says is not known: references that depend on it may be others";
    problem.place.file = file;
    out.push_back(std::move(problem));
  }
  return out;
}

}  // namespace lock::ops
