#include "resolver/collect/found.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "resolver/base/text.hpp"

namespace lock::collect {
namespace {

using image::Occurrence;
using image::Part;
using image::Slot;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The end of a bracketed expression that opens at `at` with `open`, counting nested ones; npos when it never ends.
std::size_t end_of_bracket(std::string_view text, std::size_t at, std::string_view open, std::string_view close) {
  int depth = 0;
  for (std::size_t i = at; i < text.size();) {
    if (text.substr(i).starts_with(close) && depth > 0) {
      i += close.size();
      if (--depth == 0) return i;
    } else if (text.substr(i).starts_with(open)) {
      i += open.size();
      ++depth;
    } else {
      ++i;
    }
  }
  return std::string_view::npos;
}

// The first file that the text was written in, and the bytes from its first to its last byte there.
std::optional<Origin> place_of(const MappedText& text) {
  if (text.empty()) return text.origin_at(0);
  const auto origins = text.ranges(0, text.size());
  if (origins.empty()) return std::nullopt;
  Origin place = origins.front();
  for (const Origin& origin : origins) {
    if (origin.source != place.source) continue;
    place.bytes.begin = std::min(place.bytes.begin, origin.bytes.begin);
    place.bytes.end = std::max(place.bytes.end, origin.bytes.end);
  }
  return place;
}

// Adds the slot for one part, or says in `trouble` why there is none.
void add_slot(const MappedText& value, Part part, Span where, std::vector<Slot>& slots, std::string& trouble) {
  constexpr std::string_view kNames[] = {"registry", "name", "tag", "digest"};
  const std::string name(kNames[static_cast<std::size_t>(part)]);
  const auto origins = value.ranges(where.begin, where.end);
  if (origins.empty()) {
    trouble = "the " + name + " is written nowhere as such";
    return;
  }
  if (value.splits_escape(where.begin, where.end)) {
    trouble = "the " + name + " shares an escape with what stands beside it";
    return;
  }
  Slot slot{part,
            origins.front().source->path(),
            {},
            std::string(value.text().substr(where.begin, where.size())),
            origins.front().style,
            false};
  for (const Origin& origin : origins) {
    if (origin.source != origins.front().source) {
      trouble = "the " + name + " is put together from " + slot.file + " and " + origin.source->path();
      return;
    }
    slot.ranges.push_back(origin.bytes);
    slot.shared = slot.shared || origin.shared;
  }
  slots.push_back(std::move(slot));
}

// A "/" that a collector put between two keys parts the registry from the name.
std::size_t registry_end(const MappedText& value, Span name) {
  for (const auto& segment : value.segments()) {
    if (segment.begin > name.begin && segment.begin < name.end && segment.origin.source == nullptr &&
        value.text()[segment.begin] == '/') {
      return segment.begin;
    }
  }
  return 0;
}

std::vector<Slot> slots_of(const MappedText& value, const image::ReferenceParts& parts, std::string& trouble) {
  std::vector<Slot> slots;
  Span name = parts.name;
  if (const std::size_t end = registry_end(value, name); end != 0) {
    add_slot(value, Part::registry, {name.begin, end}, slots, trouble);
    name.begin = end + 1;
  }
  add_slot(value, Part::name, name, slots, trouble);
  if (parts.tag) add_slot(value, Part::tag, *parts.tag, slots, trouble);
  if (parts.digest) add_slot(value, Part::digest, *parts.digest, slots, trouble);
  return slots;
}

std::string reason_for(const std::vector<std::string>& unknown) {
  std::vector<std::string> once;
  for (const std::string& name : unknown) {
    if (std::find(once.begin(), once.end(), name) == once.end()) once.push_back(name);
  }
  for (std::string& name : once) name = base::harmless(name, 120);
  return "the tree gives no value for " + base::join(once, ", ");
}

bool is_host_and_port(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find_first_of("/@") != std::string_view::npos) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool digits = !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos;
  return digits && (host == "localhost" || host.find('.') != std::string_view::npos);
}

}  // namespace

bool is_file_name(std::string_view text) {
  constexpr std::string_view kEndings[] = {".png", ".jpg",   ".jpeg", ".gif", ".svg", ".ico", ".webp",
                                           ".img", ".qcow2", ".iso",  ".raw", ".vhd", ".vmdk"};
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [text](std::string_view ending) { return text.ends_with(ending); });
}

Found found_in(const Tree& tree, const Node& scalar, std::string_view format, std::string path) {
  Found found;
  found.written = tree.decode(scalar).trimmed();  // a literal block ends in a line feed
  found.value = found.written;
  found.format = format;
  found.path = std::move(path);
  return found;
}

std::vector<std::string> placeholders_in(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    std::size_t end = std::string_view::npos;
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("${{")) {
      end = end_of_bracket(text, i + 1, "{{", "}}");
    } else if (rest.starts_with("${")) {
      end = end_of_bracket(text, i + 1, "{", "}");
    } else if (rest.starts_with("$(")) {
      end = end_of_bracket(text, i + 1, "(", ")");
    } else if (rest.starts_with("$[[")) {
      end = end_of_bracket(text, i + 1, "[[", "]]");
    } else if (rest.starts_with("{{")) {
      end = end_of_bracket(text, i, "{{", "}}");
    } else if (rest.starts_with("<<")) {
      end = end_of_bracket(text, i, "<<", ">>");
    } else if (rest[0] == '$' && is_name_character(rest[1])) {
      end = i + 1;
      while (end < text.size() && is_name_character(text[end])) ++end;
    }
    if (end == std::string_view::npos) continue;
    found.emplace_back(text.substr(i, end - i));
    i = end - 1;
  }
  return found;
}

bool looks_like_image(std::string_view text, bool strict) {
  const auto parts = image::split_reference(text);
  if (!parts || is_host_and_port(text) || is_file_name(text)) return false;
  const std::string_view name = text.substr(0, parts->name.end);
  const std::size_t slash = name.find('/');
  const std::string_view first = name.substr(0, slash);
  const bool has_registry =
      slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  if (strict) return has_registry && (parts->tag || parts->digest);
  return has_registry || parts->tag || parts->digest;
}

std::string json_pointer(std::string_view parent, std::string_view key) {
  std::string out(parent);
  out += '/';
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string json_pointer(std::string_view parent, std::size_t index) {
  return std::string(parent) + "/" + std::to_string(index);
}

image::Problem problem_at(const SourceText& source, Span bytes, image::Problem::Severity severity, std::string check,
                          std::string message, std::string hint) {
  return {severity, std::move(check), std::move(message), std::move(hint), source.lines().place(source.path(), bytes)};
}

void report_embedded(const Tree& inner, const MappedText& text, std::string_view noun, image::Collected& out) {
  using Severity = image::Problem::Severity;
  if (text.empty()) return;
  const auto report = [&](const Tree::Trouble& trouble, Severity severity, const std::string& message) {
    const auto place = text.origin_at(std::min(trouble.span.begin, text.size() - 1));
    if (!place) return;
    out.problems.push_back(problem_at(*place->source, {place->bytes.begin, place->bytes.begin + 1}, severity,
                                      std::string(trouble.check), message, trouble.hint));
  };
  const std::string is = "the " + std::string(noun) + " is ";
  if (inner.failure()) report(*inner.failure(), Severity::warning, is + inner.failure()->message);
  for (const Tree::Trouble& failure : inner.later_failures()) report(failure, Severity::warning, is + failure.message);
  for (const Tree::Trouble& warning : inner.warnings()) {
    if (warning.check == "duplicate-key") report(warning, Severity::error, warning.message);
  }
}

void add_found(Found found, image::Collected& out) {
  const std::string_view text = found.value.text();
  const auto place = place_of(found.place.empty() ? found.written : found.place);
  if (!place || (text.empty() && found.unknown.empty() && found.unresolved.empty())) return;
  Occurrence made;
  made.written = std::string(found.written.text());
  made.file = place->source->path();
  made.span = place->bytes;
  made.position = place->source->lines().position(place->bytes.begin);
  made.format = std::string(found.format);
  made.path = std::move(found.path);
  made.object = std::move(found.object);
  made.occurrence_class = found.occurrence_class;
  made.kind = found.kind;
  if (found.unknown.empty() && found.unresolved.empty()) found.unknown = placeholders_in(text);
  if (!found.unknown.empty() || !found.unresolved.empty()) {
    made.status = image::Status::unresolved;
    made.reason = found.unresolved.empty() ? reason_for(found.unknown) : std::move(found.unresolved);
    if (!found.ignored.empty()) {
      made.status = image::Status::ignored;
      made.reason = std::move(found.ignored);
    }
    out.occurrences.push_back(std::move(made));
    return;
  }
  const bool is_bare = found.bare_name_counts && !is_file_name(text) && !is_host_and_port(text);
  const bool is_guess = found.occurrence_class == image::Class::guessed;
  if (is_guess && !looks_like_image(text) && !(is_bare && image::split_reference(text))) return;
  const auto parts = image::split_reference(text);
  auto reference = image::Reference::parse(text);
  // `node.js:18` may well be an image where a field says so; nobody means `localhost:5000` as one.
  if (!parts || !reference || (is_host_and_port(text) && text.starts_with("localhost:"))) {
    const std::string why = !reference ? reference.error().message : std::string("it is a host and a port");
    out.problems.push_back(problem_at(*place->source, place->bytes, image::Problem::Severity::note, "invalid-reference",
                                      "'" + base::harmless(text, 120) + "' is not an image reference: " + why));
    return;
  }
  made.reference = std::move(*reference);
  made.not_editable = std::move(found.not_editable);
  std::string trouble;
  made.slots = slots_of(found.value, *parts, trouble);
  if (found.digest_place && !parts->digest) {
    const Origin& place_of_digest = *found.digest_place;
    made.slots.push_back(
        {Part::digest, place_of_digest.source->path(), {place_of_digest.bytes}, "", place_of_digest.style, false});
  }
  for (Slot& slot : made.slots) {
    if (slot.part == Part::digest) slot.lead = found.digest_lead;
  }
  if (made.not_editable.empty()) made.not_editable = std::move(trouble);
  if (found.first_party) made.status = image::Status::first_party;
  if (!found.ignored.empty()) {
    made.status = image::Status::ignored;
    made.reason = std::move(found.ignored);
  }
  out.occurrences.push_back(std::move(made));
}

}  // namespace lock::collect
