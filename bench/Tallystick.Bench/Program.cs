Console.WriteLine("tally");
