#include "resolver/base/process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace lock::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

ProcessRequest shell(std::string script) { return {.arguments = {"/bin/sh", "-c", std::move(script)}}; }

class ProcessFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "lock-process-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

// A killed child of somebody else's (the group's leader is ours, the rest is init's) may stay a zombie for a while.
bool is_running(pid_t id) {
  std::ifstream status("/proc/" + std::to_string(id) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  status >> number >> name >> state;
  return !state.empty() && state != "Z" && state != "X";
}

bool ends_soon(pid_t id) {
  for (int i = 0; i < 200 && is_running(id); ++i) std::this_thread::sleep_for(milliseconds(10));
  return !is_running(id);
}

TEST(Process, GivesOutputErrorsAndExitStatus) {
  const auto answer = run_process(shell("printf out; printf err >&2; exit 7"));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->exit_status, 7);
  EXPECT_EQ(answer->output, "out");
  EXPECT_EQ(answer->errors, "err");
}

TEST(Process, LooksTheProgramUpInPath) {
  const auto answer = run_process({.arguments = {"true"}});
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->exit_status, 0);
}

TEST(Process, ArgumentsReachTheChildAsTheyAre) {
  const auto answer = run_process({.arguments = {"printf", "[%s]", "", "a b", "$HOME", "*", "'\"\n"}});
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->output, "[][a b][$HOME][*]['\"\n]");
}

TEST(Process, MoreInputThanAPipeHoldsGoesThere_AndBack) {
  ProcessRequest request{.arguments = {"cat"}};
  for (int i = 0; i < 300'000; ++i) request.input += std::to_string(i);
  const auto answer = run_process(request);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_TRUE(answer->output == request.input);
}

TEST(Process, NoInputIsAnEndOfFile) {
  const auto answer = run_process({.arguments = {"cat"}});
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->output, "");
}

TEST(Process, AChildThatDoesNotReadItsInputIsNoFailure) {
  ProcessRequest request{.arguments = {"true"}};
  request.input.assign(std::size_t{4} << 20, 'x');
  const auto answer = run_process(request);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->exit_status, 0);
}

TEST(Process, ASignalIs128AndItsNumber) {
  const auto answer = run_process(shell("kill -TERM $$"));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->exit_status, 128 + SIGTERM);
}

TEST(Process, AMissingProgramIsAbsent) {
  const auto by_name = run_process({.arguments = {"lock-no-such-program"}});
  ASSERT_FALSE(by_name);
  EXPECT_EQ(by_name.error().kind, ErrorKind::absent);
  EXPECT_EQ(by_name.error().message, "'lock-no-such-program' was not found in PATH");
  EXPECT_EQ(by_name.error().hint, "install lock-no-such-program, or add its folder to PATH");

  const auto by_path = run_process({.arguments = {"/no/such/program"}});
  ASSERT_FALSE(by_path);
  EXPECT_EQ(by_path.error().kind, ErrorKind::absent);
  EXPECT_EQ(by_path.error().message, "cannot run '/no/such/program': no such program, or its interpreter is missing");
}

TEST(Process, WhatCannotBeAskedForIsSaid) {
  const auto nothing = run_process({.arguments = {}});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().message, "a process without a program was asked for");

  const auto nul = run_process({.arguments = {"echo", std::string("a\0b", 3)}});
  ASSERT_FALSE(nul);
  EXPECT_EQ(nul.error().message, "an argument for 'echo' holds a NUL byte");

  const auto nowhere = run_process({.arguments = {"true"}, .directory = "/no/such/folder"});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind, ErrorKind::io);
  EXPECT_EQ(nowhere.error().message, "cannot run 'true' in '/no/such/folder': No such file or directory");

  const auto folder = run_process({.arguments = {"/tmp"}});
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, ErrorKind::io);
  EXPECT_EQ(folder.error().message, "cannot run '/tmp': Permission denied");
}

TEST(Process, VariablesAreSetAndRemoved) {
  ASSERT_EQ(setenv("LOCK_TEST_ONE", "1", 1), 0);
  ASSERT_EQ(setenv("LOCK_TEST_TWO", "2", 1), 0);
  ASSERT_EQ(setenv("LOCKTEST", "kept", 1), 0);
  auto request = shell("env | grep -a LOCK | sort");
  request.unset = {"LOCK_TEST_*"};
  request.set = {{"LOCK_TEST_THREE", "a=b"}, {"LOCKTEST", "replaced"}};
  const auto answer = run_process(request);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->output, "LOCKTEST=replaced\nLOCK_TEST_THREE=a=b\n");
  unsetenv("LOCK_TEST_ONE");
  unsetenv("LOCK_TEST_TWO");
  unsetenv("LOCKTEST");
}

TEST(Process, OnlyTheStandardDescriptorsAreInherited) {
  const int leaked = dup2(STDIN_FILENO, 57);  // not close-on-exec
  ASSERT_EQ(leaked, 57);
  const auto answer = run_process(shell("test -e /proc/self/fd/57 && echo there || echo gone"));
  close(leaked);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->output, "gone\n");
}

TEST_F(ProcessFolder, RunsInTheFolderThatWasAskedFor) {
  const auto answer = run_process({.arguments = {"pwd", "-P"}, .directory = folder_.string()});
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->output, std::filesystem::canonical(folder_).string() + "\n");
}

TEST_F(ProcessFolder, AFolderOfThatNameInPathIsPassedOver) {
  std::filesystem::create_directory(folder_ / "true");
  const std::string before = std::getenv("PATH");
  setenv("PATH", (folder_.string() + ":" + before).c_str(), 1);
  const auto answer = run_process({.arguments = {"true"}});
  setenv("PATH", before.c_str(), 1);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->exit_status, 0);
}

TEST_F(ProcessFolder, AProgramInTheWorkingFolderIsNeverFoundThroughPath) {
  const auto planted = folder_ / "lock-planted";
  std::ofstream(planted) << "#!/bin/sh\ntouch " << (folder_ / "ran").string() << "\n";
  std::filesystem::permissions(planted, std::filesystem::perms::owner_all);
  const std::string before = std::getenv("PATH");
  for (const std::string& path : {".:" + before, ":" + before, before + ":", "./:" + before}) {
    setenv("PATH", path.c_str(), 1);
    const auto answer = run_process({.arguments = {"lock-planted"}, .directory = folder_.string()});
    setenv("PATH", before.c_str(), 1);
    ASSERT_FALSE(answer) << path;
    EXPECT_EQ(answer.error().kind, ErrorKind::absent) << path;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "ran"));
}

TEST(Process, ATimeLimitKillsTheWholeGroup) {
  auto request = shell("sleep 600 & echo $! > \"$FILE\"; sleep 600");
  request.time_limit = milliseconds(300);
  std::string file = (std::filesystem::temp_directory_path() / "lock-pid-XXXXXX").string();
  const int descriptor = mkstemp(file.data());
  ASSERT_GE(descriptor, 0);
  close(descriptor);
  request.set = {{"FILE", file}};
  const auto begin = steady_clock::now();
  const auto answer = run_process(request);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(10'000));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::limit);
  EXPECT_EQ(answer.error().message, "'/bin/sh' did not end within 300 ms");
  pid_t grandchild = 0;
  std::ifstream(file) >> grandchild;
  ASSERT_GT(grandchild, 1);
  EXPECT_TRUE(ends_soon(grandchild));
  std::filesystem::remove(file);
}

TEST(Process, ATimeLimitHoldsWhileOutputFlows) {
  ProcessRequest request{.arguments = {"yes"}, .time_limit = milliseconds(200), .most_output = std::size_t{1} << 40};
  const auto answer = run_process(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "'yes' did not end within 200 ms");
}

TEST(Process, TooMuchOutputEndsTheChild) {
  ProcessRequest request{.arguments = {"yes"}, .most_output = 100'000};
  const auto output = run_process(request);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().kind, ErrorKind::limit);
  EXPECT_EQ(output.error().message, "'yes' wrote more than 100000 bytes");

  auto errors = shell("yes >&2");
  errors.most_output = 10;
  const auto answer = run_process(errors);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "'/bin/sh' wrote more than 10 bytes");
}

TEST(Process, AsMuchOutputAsTheCapIsFine) {
  ProcessRequest request{.arguments = {"printf", "0123456789"}, .most_output = 10};
  const auto answer = run_process(request);
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->output, "0123456789");
}

TEST(Process, AGrandchildThatKeepsThePipesOpenNeitherDelaysNorSurvives) {
  auto request = shell("sleep 600 & echo $!");
  const auto begin = steady_clock::now();
  const auto answer = run_process(request);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(10'000));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->exit_status, 0);
  const pid_t grandchild = std::atoi(answer->output.c_str());
  ASSERT_GT(grandchild, 1);
  EXPECT_TRUE(ends_soon(grandchild));
}

TEST(Process, ManyThreadsMayAsk) {
  std::vector<std::thread> threads;
  std::vector<std::string> answers(8);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&answers, i] {
      for (int round = 0; round < 10; ++round) {
        ProcessRequest request{.arguments = {"cat"}};
        request.input = std::to_string(i);
        const auto answer = run_process(request);
        answers[i] += answer ? answer->output : describe(answer.error());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i], std::string(10, static_cast<char>('0' + i)));
  }
}

}  // namespace
}  // namespace lock::base
