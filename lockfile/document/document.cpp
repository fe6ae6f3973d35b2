#include "lockfile/document/document.hpp"

#include <algorithm>
#include <utility>

namespace lock::document {

bool same_signatures(const Entry& a, const Entry& b) {
  return a.signers == b.signers && a.without_signer == b.without_signer;
}

std::string_view name_of(Unsigned what) {
  switch (what) {
    case Unsigned::undetermined: return "";
    case Unsigned::proven: return "unsigned";
    case Unsigned::unrecognized: return "unrecognized";
  }
  std::unreachable();
}

std::string_view name_of(Origin origin) {
  switch (origin) {
    case Origin::tree: return "";
    case Origin::rendered: return "rendered";
  }
  std::unreachable();
}

void sort_signers(std::vector<image::Signer>& signers) {
  std::ranges::sort(signers);
  const auto repeated = std::ranges::unique(signers);
  signers.erase(repeated.begin(), repeated.end());
  std::erase_if(signers, [&signers](image::Signer signer) {
    if (signer.log) return false;
    signer.log = true;
    return std::ranges::find(signers, signer) != signers.end();
  });
}

void sort_platforms(std::vector<PlatformDigest>& platforms) {
  std::ranges::stable_sort(platforms, {}, [](const PlatformDigest& row) { return row.text(); });
}

const Entry* Document::find(std::string_view key) const {
  const auto at = std::ranges::lower_bound(keys_, key);
  if (at == keys_.end() || *at != key) return nullptr;
  return &entries_[static_cast<std::size_t>(at - keys_.begin())];
}

void Document::insert(Entry entry) {
  std::string key = entry.key();
  if (keys_.empty() || keys_.back() < key) {  // how a reader puts them in
    entries_.push_back(std::move(entry));
    keys_.push_back(std::move(key));
    return;
  }
  const auto at = std::ranges::lower_bound(keys_, key);
  const auto index = at - keys_.begin();
  if (at != keys_.end() && *at == key) {
    entries_[static_cast<std::size_t>(index)] = std::move(entry);
    return;
  }
  entries_.insert(entries_.begin() + index, std::move(entry));
  keys_.insert(at, std::move(key));
}

void Document::reserve(std::size_t entries) {
  entries_.reserve(entries);
  keys_.reserve(entries);
}

void Document::remove(std::string_view key) {
  const auto at = std::ranges::lower_bound(keys_, key);
  if (at == keys_.end() || *at != key) return;
  entries_.erase(entries_.begin() + (at - keys_.begin()));
  keys_.erase(at);
}

}  // namespace lock::document
