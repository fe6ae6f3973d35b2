#include "resolver/collect/substitution.hpp"

#include <algorithm>

#include "resolver/base/text.hpp"

namespace lock::collect {
namespace {

constexpr int kMostRounds = 8;
constexpr std::size_t kMostText = std::size_t{64} << 10;

// One pass; true when something was replaced.
bool replace_once(MappedText& text, FindPlaceholder find, const PlaceholderValue& value, Substituted& out) {
  MappedText made;
  bool replaced = false;
  std::size_t run = 0;
  const std::string_view all = text.text();
  for (std::size_t at = 0; at < all.size();) {
    const auto placeholder = find(all, at);
    if (!placeholder) {
      ++at;
      continue;
    }
    const auto known = placeholder->name.empty() ? std::nullopt : value(placeholder->name);
    if (known && made.size() + known->size() < kMostText) {
      made.append(text.slice(run, at));
      made.append(*known);
      run = placeholder->end;
      replaced = true;
      const std::string name(placeholder->name);
      if (std::ranges::find(out.used, name) == out.used.end()) out.used.push_back(name);
    } else if (!placeholder->name.empty()) {
      out.unknown.emplace_back(all.substr(at, placeholder->end - at));
    }
    at = placeholder->end;
  }
  if (!replaced) return false;
  made.append(text.slice(run));
  text = std::move(made);
  return true;
}

}  // namespace

Substituted substitute(const MappedText& text, FindPlaceholder find, const PlaceholderValue& value) {
  Substituted out;
  out.text = text;
  for (int round = 0; round < kMostRounds; ++round) {
    out.unknown.clear();
    if (!replace_once(out.text, find, value, out)) return out;
  }
  out.unknown.emplace_back(text.text());  // it names itself
  return out;
}

namespace {

std::size_t count_placeholders(std::string_view text, FindPlaceholder find, std::string_view name) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto placeholder = find(text, at);
    if (placeholder && placeholder->name == name) ++count;
    at = placeholder ? placeholder->end : at + 1;
  }
  return count;
}

}  // namespace

std::string used_elsewhere(const Substituted& made, const Placeholders& placeholders) {
  for (const std::string& used : made.used) {
    if (count_placeholders(placeholders.bytes, placeholders.find, used) > 1) {
      return "the " + std::string(placeholders.noun) + " " + used + " is used in several places";
    }
  }
  return {};
}

void substitute_in(Found& found, const Placeholders& placeholders, const PlaceholderValue& value) {
  Substituted made = substitute(found.written, placeholders.find, value);
  const auto first = found.written.empty() ? std::nullopt : placeholders.find(found.written.text(), 0);
  const bool is_whole = made.used.size() == 1 && first && first->end == found.written.size();
  if (!is_whole) found.not_editable = used_elsewhere(made, placeholders);
  found.value = std::move(made.text);
  found.unknown = std::move(made.unknown);
}

std::optional<Placeholder> bracketed(std::string_view text, std::size_t at, std::string_view open,
                                     std::string_view close) {
  if (!text.substr(at).starts_with(open)) return std::nullopt;
  const std::size_t end = text.find(close, at + open.size());
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view name = base::trim(text.substr(at + open.size(), end - at - open.size()));
  if (name.empty() || name.size() > 200 || name.find('\n') != std::string_view::npos) return std::nullopt;
  return Placeholder{end + close.size(), name};
}

}  // namespace lock::collect
