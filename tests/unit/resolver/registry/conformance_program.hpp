// What the program makes of a case's registries: `lock` over a tree that uses every image which the case asks for, in a
// fresh world, with exit status and report. A case may say otherwise in its member `program` (see the README of the
// cases).
#pragma once

#include <filesystem>
#include <string>

namespace lock::test {

// `scratch` is an empty folder. Empty: the case has nothing to lock.
[[nodiscard]] std::string run_program(const std::filesystem::path& case_file, const std::filesystem::path& scratch);

}  // namespace lock::test
