using Tallystick.Tests;

namespace Tallystick.Gate.Tests;

public sealed class ProblemTests
{
    [Fact]
    public void The_problems_page_tells_of_every_type_of_the_gate() =>
        ProblemTable.Documented("Gate").ShouldBe(ProblemTable.Defined(typeof(GateApp).Assembly));
}
