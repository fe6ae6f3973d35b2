#include "tests/unit/resolver/registry/conformance_program.hpp"

#include <set>
#include <stdexcept>

#include "cli/assemble.hpp"
#include "cli/run.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/text.hpp"
#include "resolver/registry/client.hpp"
#include "resolver/trust/examiner.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/resolver/registry/conformance_case.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;

class Program {
 public:
  Program(const std::filesystem::path& case_file, const std::filesystem::path& scratch)
      : case_(case_file, scratch), tree_(scratch / "tree") {
    std::filesystem::create_directories(tree_);
  }

  std::string run() {
    const json::array* steps = case_.program();
    if (steps == nullptr) {
      if (!use_images(case_.images())) return {};
      lock({"update"});
    } else {
      for (const json::value& step : *steps) take(step.as_object());
    }
    return case_.name_again(out_);
  }

 private:
  void take(const json::object& step) {
    for (const auto& [what, value] : step) {
      if (what == "images") {
        use_images(texts(value));
      } else if (what == "lock") {
        lock(texts(value));
      } else if (what == "content") {
        case_.change_content(value.as_object());
      } else if (what == "faults") {
        case_.change_faults(value.as_object());
      } else if (what == "spoil-cache") {
        case_.spoil_cache();
      } else if (what == "show-lock") {
        show_lock();
      } else {
        throw std::runtime_error("a program has no member " + std::string(what));
      }
    }
  }

  std::vector<std::string> texts(const json::value& list) const {
    std::vector<std::string> out;
    for (const json::value& text : list.as_array()) out.push_back(case_.expand(std::string(text.as_string())));
    return out;
  }

  bool use_images(const std::vector<std::string>& images) const {
    std::string dockerfile;
    std::set<std::string> seen;
    for (const std::string& image : images) {
      if (seen.insert(image).second) dockerfile += "FROM " + image + "\n";
    }
    write_text(tree_ / "Dockerfile", dockerfile);
    return !seen.empty();
  }

  // The references that were locked, with the digest: what was certain.
  void show_lock() {
    out_ += "images.lock\n";
    const std::filesystem::path path = tree_ / "images.lock";
    if (!std::filesystem::exists(path)) return;
    const std::string text = read_text(path);
    for (const std::string_view line : base::split(text, '\n')) {
      if (line.starts_with("reference =") || line.starts_with("digest =")) out_ += "  " + std::string(line) + "\n";
    }
  }

  void lock(std::vector<std::string> arguments) {
    out_ += "$ lock " + base::join(arguments, " ") + "\n";
    cli::Session session = cli::assemble();
    std::unique_ptr<registry::Client> client;
    std::unique_ptr<trust::Examiner> examiner;
    session.open_registry = [&](const ops::Workspace&, const cli::Session& now) -> Result<image::Registry*> {
      registry::RegistryConfiguration configuration = case_.client();
      configuration.offline = configuration.offline || now.offline;
      if (now.deadline) configuration.http.run_deadline = now.deadline;
      if (!client) client = std::make_unique<registry::Client>(std::move(configuration));
      return client.get();
    };
    session.open_verifier = [&](const ops::Workspace& workspace,
                                const cli::Session& now) -> Result<image::SignatureVerifier*> {
      auto opened = session.open_registry(workspace, now);
      if (!opened) return std::unexpected(opened.error());
      auto anchors = trust::make_anchors({}, {});
      if (!anchors) return std::unexpected(anchors.error());
      examiner =
          std::make_unique<trust::Examiner>(**opened, std::move(*anchors), std::vector<image::SignerPattern>{}, 1);
      return examiner.get();
    };
    std::string said;
    session.streams.read_input = [](std::size_t) { return std::string(); };
    session.streams.out = [&said](std::string_view text) { said += text; };
    session.streams.err = session.streams.out;
    arguments.insert(arguments.begin(), {"-C", tree_.string()});
    const int status = cli::run(arguments, session);
    out_ += "exit " + std::to_string(status) + "\n" + said;
  }

  ConformanceCase case_;
  std::filesystem::path tree_;
  std::string out_;
};

}  // namespace

std::string run_program(const std::filesystem::path& case_file, const std::filesystem::path& scratch) {
  return Program(case_file, scratch).run();
}

}  // namespace lock::test
