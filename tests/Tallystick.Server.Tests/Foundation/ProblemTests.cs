using Tallystick.Hosting;
using Tallystick.Tests;

namespace Tallystick.Server.Tests.Foundation;

public sealed class ProblemTests
{
    [Fact]
    public void The_problems_page_tells_of_every_type_of_every_host() =>
        ProblemTable.Documented("Every host").ShouldBe(ProblemTable.Defined(typeof(Problems).Assembly));

    [Fact]
    public void The_problems_page_tells_of_every_type_of_the_server() =>
        ProblemTable.Documented("Server").ShouldBe(ProblemTable.Defined(typeof(ServerApp).Assembly));

    [Fact]
    public void A_problem_type_means_one_thing() => ProblemTable.ShouldBeWellFormed(
        [.. ProblemTable.Documented("Every host"), .. ProblemTable.Documented("Server"), .. ProblemTable.Documented("Gate")]);
}
