#include "tests/support/tree_world.hpp"

#include <algorithm>
#include <stdexcept>

#include "lockfile/policy/checks.hpp"

namespace lock::test {

TreeWorld::TreeWorld() {
  workspace.root = folder.path();
  workspace.today = std::chrono::year(2026) / 11 / 24;
  workspace.scopes.push_back({"", "images.lock", "", {}});
  scan.scopes.emplace_back();
}

void TreeWorld::settle(std::string_view images_toml) {
  auto settings = settings::read(images_toml, "images.toml", policy::adjustable_checks());
  if (!settings) throw std::logic_error(show(settings.error()));
  workspace.registries = settings->registries;
  workspace.scopes[0].settings_file = "images.toml";
  workspace.scopes[0].policy = policy::Policy::make({{std::move(*settings), ""}}).value();
}

void TreeWorld::add_scope(std::string_view name, std::string_view images_toml) {
  const std::string in(name);
  auto settings = settings::read(images_toml, in + "/images.toml", policy::adjustable_checks());
  if (!settings) throw std::logic_error(show(settings.error()));
  std::filesystem::create_directories(folder.path() / in);
  workspace.scopes.push_back(
      {in, in + "/images.lock", in + "/images.toml", policy::Policy::make({{std::move(*settings), ""}}).value()});
  scan.scopes.emplace_back();
}

image::Occurrence& TreeWorld::add(std::string_view where, std::string_view text) {
  const std::size_t colon = where.rfind(':');
  image::Occurrence occurrence;
  occurrence.written = text;
  occurrence.reference = image::Reference::parse(text).value();
  occurrence.file = where.substr(0, colon);
  occurrence.position.line = static_cast<std::uint32_t>(std::stoul(std::string(where.substr(colon + 1))));
  occurrence.span = {occurrence.position.line * 100U, occurrence.position.line * 100U + 1};
  occurrence.format = "dockerfile";
  std::size_t best = 0;
  for (std::size_t i = 1; i < workspace.scopes.size(); ++i) {
    if (occurrence.file.starts_with(workspace.scopes[i].folder + "/")) best = i;
  }
  auto& occurrences = scan.scopes[best].occurrences;
  occurrences.push_back(std::move(occurrence));
  ++scan.counts.files;
  return occurrences.back();
}

image::Occurrence& TreeWorld::guess(std::string_view where, std::string_view text) {
  image::Occurrence& occurrence = add(where, text);
  occurrence.occurrence_class = image::Class::guessed;
  return occurrence;
}

void TreeWorld::forget() {
  for (ops::ScopeScan& scope : scan.scopes) scope.occurrences.clear();
}

ops::UpdateResult TreeWorld::update(const ops::UpdateOptions& options) {
  auto result = ops::update(workspace, scan, options, registry, verifier);
  if (!result) throw std::logic_error(show(result.error()));
  return std::move(*result);
}

void TreeWorld::edit_lock(std::string_view from, std::string_view to) const {
  std::string text = lock();
  const std::size_t at = text.find(from);
  if (at == text.npos) throw std::logic_error("the lock does not hold " + std::string(from));
  folder.write("images.lock", text.replace(at, from.size(), to));
}

std::string show(const std::vector<image::Undetermined>& undetermined) {
  std::string text;
  for (const image::Undetermined& one : undetermined) {
    text += "undetermined: " + show(one.finding) + "  cause: " + one.cause + "\n";
  }
  return text;
}

std::string show(const ops::UpdateResult& result) {
  const auto short_of = [](const std::string& digest) { return digest.empty() ? "-" : digest.substr(7, 6); };
  std::string text;
  for (const ops::UpdateChange& change : result.changes) {
    text += change.lock_file + ": " + std::string(document::name_of(change.change)) + " " + change.reference + " " +
            short_of(change.old_digest) + " -> " + short_of(change.new_digest) + " (" + change.reason + ")\n";
  }
  return text + show(result.findings) + show(result.undetermined);
}

std::string show(const ops::Verification& result) { return show(result.findings) + show(result.undetermined); }

}  // namespace lock::test
