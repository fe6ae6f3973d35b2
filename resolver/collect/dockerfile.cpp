#include "resolver/collect/dockerfile.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "resolver/base/text.hpp"
#include "resolver/collect/dockerfile_instructions.hpp"
#include "resolver/collect/dockerfile_lines.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/ignore.hpp"
#include "resolver/collect/shared_text.hpp"
#include "resolver/image/reference.hpp"

namespace lock::collect {
namespace {

using image::Problem;

constexpr std::string_view kScratch = "scratch";

// Frontends that speak the Dockerfile language, under whatever registry they are mirrored.
bool is_dockerfile_frontend(std::string_view syntax) {
  const std::string_view name = syntax.substr(0, syntax.find_first_of(":@"));
  const std::string_view last = name.substr(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
  return last == "dockerfile" || last == "dockerfile-upstream";
}

class DockerfileReader {
 public:
  DockerfileReader(const MappedText& file, const DockerfileBuild& build)
      : file_(file),
        build_(build),
        directives_(read_dockerfile_directives(file)),
        lines_(directives_.is_dockerfile ? read_dockerfile_lines(file, directives_) : DockerfileLines{}),
        arguments_(directives_.escape, build.arguments, build.target) {}

  image::Collected run() {
    if (directives_.syntax) add_syntax(*directives_.syntax);
    if (!directives_.is_dockerfile) return std::move(out_);
    name_stages();
    for (const DockerfileLine& line : lines_.lines) instruction(line);
    readers_.judge(out_.occurrences);
    report();
    return std::move(out_);
  }

 private:
  // ---- stages
  // Their names are known before anything is added: COPY --from may name a stage that comes later (and is refused).
  void name_stages() {
    for (const DockerfileLine& line : lines_.lines) {
      if (line.keyword != "from") continue;
      const auto from = read_from(line);
      stages_.push_back(from ? from->name : std::string{});
    }
  }

  [[nodiscard]] bool is_stage(std::string_view name, std::size_t before) const {
    const std::string lower = base::to_lower(name);
    const auto end = stages_.begin() + static_cast<std::ptrdiff_t>(std::min(before, stages_.size()));
    return !lower.empty() && std::find(stages_.begin(), end, lower) != end;
  }

  // A build's named context replaces a stage or an image, `latest` being the same as no tag.
  [[nodiscard]] bool is_context(std::string_view name) const {
    if (build_.contexts.empty()) return false;
    if (build_.contexts.contains(name)) return true;
    const auto reference = image::Reference::parse(name);
    if (!reference) return false;
    std::string familiar = reference->familiar();
    constexpr std::string_view kLatest = ":latest";
    if (familiar.ends_with(kLatest)) familiar.resize(familiar.size() - kLatest.size());
    return build_.contexts.contains(familiar);
  }

  // `FROM build-${TARGETARCH}` usually means one of the stages build-amd64 and build-arm64; on another platform it is
  // an image, so the place stays, with words that say what it is.
  [[nodiscard]] std::string chosen_by_platform(std::string_view base,
                                               const std::vector<std::string>& unknowable) const {
    const std::string prefix = base::to_lower(base.substr(0, base.find('$')));
    const auto end = stages_.begin() + static_cast<std::ptrdiff_t>(stage_ - 1);
    const bool fits = !prefix.empty() && std::any_of(stages_.begin(), end, [&](const std::string& stage) {
      return stage.starts_with(prefix);
    });
    if (!fits) return {};
    return base::join(unknowable, ", ") + " decides which stage " + base::harmless(prefix, 80) +
           "… this is, or that it is an image";
  }

  [[nodiscard]] std::string path_of(std::string_view instruction) const {
    if (!build_.path.empty()) return build_.path;
    if (stage_ == 0) return std::string(instruction);
    const std::string& name = stages_[stage_ - 1];
    return (name.empty() ? std::to_string(stage_ - 1) : name) + "/" + std::string(instruction);
  }

  // ---- instructions
  void instruction(const DockerfileLine& line) {
    if (line.keyword == "from") {
      from(line);
    } else if (line.keyword == "arg") {
      arg(line);
    } else if (stage_ == 0 && !lines_.fault) {
      fault(line, "no build stage in current context: an instruction stands before the first FROM");
    }
    if (line.keyword == "copy") copy(line, line, "COPY");
    if (line.keyword == "run") run(line, line, "RUN");
    if (line.keyword == "onbuild") onbuild(line);
  }

  void arg(const DockerfileLine& line) {
    for (const ArgDefinition& definition : read_arg(line, directives_.escape)) {
      if (stage_ > 0) {
        if (definition.value) continue;
        readers_.add_other(arguments_.read_by(definition.name),
                           "ARG " + definition.name + " is read inside a stage too");
      } else if (definition.name.empty()) {
        fault(line, "ARG names can not be blank");
      } else if (auto defined = arguments_.define(definition); !defined) {
        fault(line, defined.error().message);
      }
    }
  }

  void from(const DockerfileLine& line) {
    ++stage_;
    const auto from = read_from(line);
    if (!from) return fault(line, "FROM requires either one or three arguments");
    if (!from->trouble.empty()) fault(line, from->trouble);
    if (from->platform) {
      std::vector<Origin> read;
      [[maybe_unused]] const auto expanded = arguments_.expand(*from->platform, read);
      readers_.add_other(read, "its text is read by --platform too");
    }
    Found found;
    found.written = without_quotes(from->base);
    found.path = path_of("FROM");
    if (!from->trouble.empty() && from->base.text().starts_with("{{")) {  // a template, and its blanks
      found.written = line.arguments;
      found.unknown = placeholders_in(line.arguments.text());
      return add(std::move(found), line);
    }
    std::vector<Origin> read;
    auto base = arguments_.expand(from->base, read);
    if (!base) {
      found.unresolved = base.error().message;
    } else if (base->known()) {
      const std::string_view name = base->text.text();
      if (name == kScratch || is_stage(name, stage_ - 1) || is_context(name) || is_context(from->name)) {
        return readers_.add_other(read, "its text is read by a FROM that names a stage too");
      }
      if (name.empty()) found.unresolved = "the name is empty";
    } else {
      found.unknown = base->missing;
      found.unknown.insert(found.unknown.end(), base->unknowable.begin(), base->unknowable.end());
      if (base->missing.empty()) found.unresolved = chosen_by_platform(from->base.text(), base->unknowable);
      if (!found.unresolved.empty()) found.unknown.clear();
    }
    if (base) {
      found.value = std::move(base->text);
      if (!base->transformed.empty()) found.not_editable = "its text passes through " + base->transformed;
    }
    const std::size_t before = out_.occurrences.size();
    add(std::move(found), line);
    if (out_.occurrences.size() > before && out_.occurrences.back().reference) {
      readers_.add_occurrence(read, before);
    } else {
      readers_.add_other(read, "its text is read by a FROM without a value too");
    }
  }

  void onbuild(const DockerfileLine& line) {
    // A trigger is stored as text and parsed again by whoever builds on the image, with the usual escape.
    const DockerfileLine inner = split_dockerfile_line(line.arguments, '\\');
    if (inner.keyword == "copy") copy(inner, line, "ONBUILD COPY");
    if (inner.keyword == "run") run(inner, line, "ONBUILD RUN");
    if (inner.keyword == "onbuild" || inner.keyword == "from" || inner.keyword == "maintainer") {
      fault(line, base::harmless(inner.keyword) + " isn't allowed as an ONBUILD trigger");
    }
  }

  void copy(const DockerfileLine& line, const DockerfileLine& whole, std::string_view name) {
    const auto from = flag_value(line, "from");
    if (!from || from->empty() || is_stage_number(from->text())) return;
    const auto expanded = expand_word(*from, &line == &whole ? directives_.escape : '\\', {});
    const bool plain = expanded && expanded->text.text() == from->text();
    add_source(*from, plain, whole, name, "COPY --from");
  }

  void run(const DockerfileLine& line, const DockerfileLine& whole, std::string_view name) {
    const auto mounts = mounts_from(line);
    if (!mounts) return fault(whole, mounts.error().message);
    for (const MappedText& from : *mounts) {
      if (from.empty()) continue;
      const std::size_t dollar = from.text().find('$');
      const bool plain = dollar == std::string_view::npos || dollar + 1 == from.size();
      add_source(from, plain, whole, name, "RUN --mount=from");
    }
  }

  // What COPY and RUN take files from: a stage, a context or an image. Builders expand no variables there.
  void add_source(const MappedText& from, bool plain, const DockerfileLine& line, std::string_view name,
                  std::string_view where) {
    const std::string_view text = from.text();
    if (plain && (text == kScratch || is_stage(text, stages_.size()) || is_context(text))) return;
    Found found;
    found.written = from;
    found.value = from;
    found.path = path_of(name);
    if (!plain) {
      std::string variables = base::join(placeholders_in(text), ", ");
      found.unresolved = std::string(where) + " takes no variables" +
                         (variables.empty() ? "" : " (here " + base::harmless(variables, 120) + ")");
    } else if (is_stage_number(text)) {
      found.unresolved =
          std::string(where) + " takes names of stages, not numbers: a builder looks for an image of this name";
    }
    add(std::move(found), line);
  }

  void add_syntax(const MappedText& syntax) {
    Found found;
    found.written = syntax;
    found.value = syntax;
    found.format = build_.format;
    found.path = build_.path.empty() ? "syntax" : build_.path;
    add_found(std::move(found), out_);
  }

  void add(Found found, const DockerfileLine& line) {
    found.format = build_.format;
    found.ignored = ignored(found, line);
    add_found(std::move(found), out_);
  }

  // ---- text around them
  // A comment above the instruction counts for all of its lines; one above an ARG for those who take their name there.
  [[nodiscard]] std::string ignored(const Found& found, const DockerfileLine& line) const {
    std::vector<Origin> places;
    if (const auto origin = file_.origin_at(line.first_line.begin)) places.push_back(*origin);
    const auto origins = found.value.ranges(0, found.value.size());
    if (!origins.empty()) places.push_back(origins.front());
    for (const Origin& origin : places) {
      const auto ignore =
          find_ignore(*origin.source, {origin.bytes.begin, origin.bytes.begin}, comment_marks("dockerfile"));
      if (ignore && !ignore->reason.empty()) return ignore->reason;
    }
    return {};
  }

  // `"nginx:1"` is shown as nginx:1; a word with variables as it stands, but for quotes around all of it.
  static MappedText without_quotes(const MappedText& word) {
    const std::string_view text = word.text();
    const char quote = text.front();
    const bool quoted = text.size() > 2 && (quote == '"' || quote == '\'') && text.find(quote, 1) == text.size() - 1;
    return quoted ? word.slice(1, text.size() - 1) : word;
  }

  // ---- problems
  void fault(const DockerfileLine& line, std::string message) {
    if (!fault_) fault_ = DockerfileFault{line.first_line, std::move(message)};
  }

  // One problem a file: the first in the order of the file.
  void report() {
    for (const auto& candidate : {directives_.fault, lines_.fault}) {
      if (candidate && (!fault_ || candidate->where.begin < fault_->where.begin)) fault_ = candidate;
    }
    if (!fault_) return;
    const bool foreign = directives_.syntax && !is_dockerfile_frontend(directives_.syntax->text());
    const bool fragment = stages_.empty() && !directives_.fault && !lines_.fault;
    const Problem::Severity severity = foreign || fragment ? Problem::Severity::warning : build_.broken;
    const auto origins = file_.ranges(fault_->where.begin, fault_->where.end);
    if (origins.empty()) return;
    out_.problems.push_back(
        problem_at(*origins.front().source, origins.front().bytes, severity, "unreadable-file", fault_->message));
  }

  const MappedText& file_;
  const DockerfileBuild& build_;
  DockerfileDirectives directives_;
  DockerfileLines lines_;
  DockerfileArguments arguments_;
  std::vector<std::string> stages_;  // names, lower case
  std::size_t stage_ = 0;            // how many FROMs were read
  SharedText readers_;
  std::optional<DockerfileFault> fault_;
  image::Collected out_;
};

// What no builder could take for a Dockerfile, before anything is parsed.
std::optional<Problem> not_text(const MappedText& file, Problem::Severity severity) {
  const std::string_view text = file.text();
  std::size_t at = text.find('\0');
  std::string message = "not a text file: a NUL byte";
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    at = 0;
    message = "the file is UTF-16; a Dockerfile is UTF-8";
  } else if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const auto origin = file.origin_at(at);
  if (!origin) return std::nullopt;
  const Span bytes{origin->bytes.begin, origin->bytes.begin + 1};
  return problem_at(*origin->source, bytes, severity, "unreadable-file", std::move(message));
}

}  // namespace

image::Collected collect_dockerfile(const MappedText& file, const DockerfileBuild& build) {
  image::Collected out;
  if (auto problem = not_text(file, build.broken)) {
    out.problems.push_back(std::move(*problem));
    return out;
  }
  out = DockerfileReader(file, build).run();
  const auto invalid = base::find_invalid_utf8(file.text());
  const bool told = std::ranges::any_of(out.problems, [](const Problem& p) { return p.check == "unreadable-file"; });
  if (invalid && !told) {
    const auto origin = file.origin_at(*invalid);
    if (origin) {
      out.problems.push_back(problem_at(*origin->source, {origin->bytes.begin, origin->bytes.begin + 1},
                                        Problem::Severity::warning, "unreadable-file", "invalid UTF-8",
                                        "save the file as UTF-8; it was read byte by byte"));
    }
  }
  return out;
}

}  // namespace lock::collect
